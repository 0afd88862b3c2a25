"""What routes ask for by type."""

from typing import Annotated

from fastapi import Depends, Request

from api.engine import Engine, OpenStores
from indexer.language.concepts import Lexicon


def get_engine(request: Request) -> Engine:
    """The application's engine."""
    engine: Engine = request.app.state.engine
    return engine


def get_stores(engine: Annotated[Engine, Depends(get_engine)]) -> OpenStores:
    """The open stores; 503 with the reason while they are not open."""
    return engine.stores


def get_lexicon(engine: Annotated[Engine, Depends(get_engine)]) -> Lexicon:
    """The lexicon, loaded once."""
    return engine.lexicon


EngineDep = Annotated[Engine, Depends(get_engine)]
LexiconDep = Annotated[Lexicon, Depends(get_lexicon)]
Stores = Annotated[OpenStores, Depends(get_stores)]
