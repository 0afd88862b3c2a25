"""Whole reports on invented patients with the findings that they state, written for Radiothèque by people who did not know its rules.

Every report is in the manner of another author: telegraphic, dictated, in capitals, without headings, with slips of the pen; French of
France, Belgium, Switzerland, Québec and Africa, some English. Labelled as the developers' set is: `radiotheque evaluate-findings` scores them.

- `read/`: 88 reports, 634 labels. Their errors were read, and what caused them was mended: the figures flatter.
- `unread/`: 52 reports, 345 labels. Scored only: nobody who writes rules reads their errors, or they would be worth nothing more.
"""
