"""Three years of raw tool exports of Chronofable, a fictional French company of fifteen people.

    python -m palier.demo.generator FOLDER [--until 2026-11-24] [--seed 2024]

One simulation (prospects, demos, deals, subscriptions, invoices, payments, tickets) is told by five
tools, one of which was replaced on the way. Nothing is real: names are made up, SIRENs lie in a
range nobody was given, domains end in `.example`, phone numbers are those kept for fiction.

What the figures tell: recurring revenue grows to about 100 k€ a month; customers leave at 2 to 3 %
a month, more in months 22 to 24 after a price rise and the change of CRM; the founder signs in a
month, the sales hires in more than two; LTV/CAC falls in the last quarter, because an expensive
channel (Comparateurs) was pushed whose customers do not stay; a quarter of invoices are paid late,
a few customers always pay late.

Files (in import order)

| folder | tool | format |
|---|---|---|
| `crm-fichette` | first CRM, until month 20 | CSV, Windows-1252, semicolons, 31/12/2025, decimal comma |
| `crm-contactelle` | second CRM, from month 20 | CSV UTF-8 with BOM, JSON, ISO dates, stage history, `ancien_id` |
| `facturation-facturelle` | invoicing | JSON customers with SIREN and VAT; CSV UTF-8 with BOM |
| `abonnements-abonnette` | subscriptions | JSON Lines; customers by invoicing code and SIREN |
| `publicite-affichette` | advertising, and a sheet of costs kept by hand | English CSV; French CSV |
| `support-guichette` | support desk | JSON; people by e-mail |

Dirt, counted in `Export.dirt` (names in brackets) and, for what an import refuses, `Export.rejected`:

- companies typed twice in the first CRM: other case, same postcode, so that exact keys find them
  [duplicate_same_key]; misspelt, so that they do not [duplicate_misspelt];
- trailing spaces, mixed case [trailing_space, mixed_case, mixed_case_owner];
- missing SIREN, e-mail, phone, site [missing_siren, missing_email, missing_phone, missing_mobile,
  missing_site]; SIRENs with a wrong key, addresses without @ [invalid_siren, invalid_email];
- names changed between the first CRM and the other tools [changed_name];
- deals without company [deal_without_company];
- dates typed wrong: six deals and three payments, refused [wrong_date];
- late payments, invoices paid in parts, credit notes [late_payment, invoice_paid_in_parts, credit_note];
- a total row under the last advertising export, an amount « à confirmer », refused [total_row,
  amount_to_be_confirmed]; the last 30 days of advertising are not final;
- a ticket from nobody's customer [ticket_of_a_stranger].
"""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path

from palier.demo.exports import export
from palier.demo.simulation import simulate
from palier.demo.world import DEFAULT_SEED


def write_exports(*, folder: Path, until: dt.date, seed: int = DEFAULT_SEED) -> list[Path]:
    """The files written under `folder`, in the order in which they are imported.

    The data ends the day before `until`. The same arguments write the same bytes.
    """
    return export(world=simulate(until=until, seed=seed), folder=folder).paths


def main() -> None:
    """Write the files and say what they hold."""
    parser = argparse.ArgumentParser(
        prog="python -m palier.demo.generator", description=__doc__.splitlines()[0]
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--until", type=dt.date.fromisoformat, required=True, help="first day without data"
    )
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    asked = parser.parse_args()
    found = export(world=simulate(until=asked.until, seed=asked.seed), folder=asked.folder)
    for path in found.paths:
        name = path.relative_to(asked.folder).as_posix()
        print(
            f"{name}: {found.rows[name]} rows, {sum(found.rejected.get(name, {}).values())} refused"
        )


if __name__ == "__main__":
    main()
