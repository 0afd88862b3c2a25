"""The settings of the front end: environment variables `RADIOTHEQUE_*` or a `.env` file."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


def _http_address(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("an address starting with http:// or https:// is wanted")
    return url.rstrip("/")


class AppSettings(BaseSettings):
    """Each field is the environment variable RADIOTHEQUE_<FIELD>; docs/settings.md lists them all."""

    model_config = SettingsConfigDict(env_prefix="RADIOTHEQUE_", env_file=".env", extra="ignore", frozen=True)

    api_url: Annotated[
        str, AfterValidator(_http_address), Field(description="Address of the API that the front end asks.")
    ] = "http://127.0.0.1:8300"
    app_timeout_seconds: Annotated[
        float, Field(gt=0, le=600, description="How long, in seconds, the front end waits for an answer of the API.")
    ] = 20.0
