r"""Presets: what the files of a known tool mean, one TOML file per tool in the folder `presets`.

The format, completely. (`mapping.FileMapping` is one entry of `[[files]]`, and `mapping.to_json`
writes the same names: what is said of fields here holds for a mapping stored as JSON too.)

    tool = "acme_crm"                     # code of the tool, = the file's name
    label = { fr = "Acme CRM", en = "Acme CRM" }

    [[files]]                             # one per shape of file, most specific first
    name = "companies"                    # code of the shape, unique in the preset
    columns = ["id", "name", "siren"]     # signature: the file has all of these columns. Case,
                                          # accents, spaces, dashes and underscores do not count
    names = ["*compan*"]                  # optional: the file's name must match one of these
    looks = { column_3 = '\d{8}' }       # optional: first values of a column match it entirely.
                                          # A file without header has columns column_1, column_2…
    dates = "dmy"                         # dmy | mdy | ymd | auto (decided from each column)
    decimal = ","                         # "," | "." | auto (decided from each column)
    timezone = "Europe/London"            # of local times; left out: the company's
    currency = "EUR"                      # of amounts without a currency column
    ignore = { fr = "…", en = "…" }       # instead of entities: nothing is imported, and why

    [[files.entities]]                    # one file may feed several entities
    entity = "customer"                   # canonical entity (hub/schema.py)
    object = "company"                    # the tool's word; default: the entity's name. Identifiers
                                          # are unique inside (tool, object); refs name it
    id = ["id"]                           # pieces of the identifier, joined by ":". A piece is a
                                          #   column name,
                                          #   { column = "Cust", parser = "whole" } ("17850.0" → 17850),
                                          #   { column = "product", values = { GTXPro = "GTX Pro" } },
                                          #   { text = "B2B" }, or "#": the how-manieth row of the file
                                          #   with the same pieces before it (1, 2…)
    grouped = true                        # all rows with the same id make ONE record (invoices
                                          # given as lines, customers met in a list of purchases);
                                          # without it the same id twice means the last row wins
    when = [{ column = "type", in = ["A"] }]   # rows that feed this entity; all must hold. Tests:
                                          #   filled = true, empty = true, in = […], not_in = […],
                                          #   starts = […], not_starts = […] (case as written)
    updated_at = { column = "modified" }  # the source's own time of change (parser datetime;
                                          # give parser = "epoch" for Unix seconds)
    keys = [{ kind = "old_crm", column = "legacy_id" }]   # further exact identity keys

    [files.entities.fields]               # canonical field (or "custom.<code>") = where from
    name = "Company name"                 # a column, read with the parser of the field's type
    phone = { column = "Tel", parser = "phone" }
    email = { column = "Mail", parser = "email", optional = true }   # column may be missing
    name = { join = ["first", "last"], separator = " " }             # several pieces as one text
    stage = { column = "Statut", values = { "Gagné" = "customer" }, others = "reject" }
    kind = { value = "company" }          # a constant
    owner = { column = "Owner", default = "Agence" }                 # when the cell is empty
    won_on = { column = "closed", when = [{ column = "st", in = ["Won"] }] }
    status = [                            # several sources: the first that gives something
      { value = "won", when = [{ column = "st", in = ["Won"] }] },
      { value = "open" },
    ]
    customer = { ref = "company", id = ["company_id"] }  # points at (this tool, object, id)
    customer = { ref = "@siren", column = "Siren" }      # or at an exact key: @siren, @email,
                                                         # @domain, @name
    net_minor = { column = "Price", times = "Qty", fold = "sum" }
    "custom.vintage" = { column = "Year", parser = "int" }

Names of a field's table:
- `parser`: text, id (text without outer spaces), whole (an identifier a spreadsheet made a number),
  int, money (major units, exact, → minor units), minor (already minor units), decimal, percent
  ("12,5 %" or 12.5 → 0.125; for a `decimal` field it stays 12.5), share (0.125), date, datetime,
  epoch and epoch_date (Unix seconds), bool, choice, email, phone, siren, siret, vat, country,
  currency, domain, json. Default: the first that suits the field's type (`mapping.PARSERS_OF`).
- `values`: from the cell's text to what is parsed; compared exactly, then without case and accents.
  For a `choice`, `bool` or text field the mapped value is final. "" means an empty cell.
- `others`: cells not in `values`: keep (parse them as they are, default), reject (the row, with its
  reason), empty (as an empty cell).
- `default`: the value of an empty cell, already canonical ("2025-12-31", 1200, "won").
- `value`: a constant, already canonical.
- `times`: multiply by another column, in exact decimals; the result is rounded half-even to the
  currency's minor unit once, after the sum.
- `round = true`: accept more decimals than the currency has (half-even). Otherwise they are refused.
- `fold`, in a grouped entity: first (default, first filled cell), last, sum, min, max, count.
- `erase = true`: an empty cell erases the field (explicit null). Otherwise it says nothing.
- `invalid = "drop"`: a cell that cannot be read leaves the field absent, and is counted in the report,
  instead of refusing the row (for what is good to have: phone, site, SIREN of a messy CRM).
- `optional = true`: the column may be missing from the file.
The currency: map the field `currency` from a column, or leave it to the file's `currency`.

What happens to rows: an empty piece of `id` rejects the row (use `when = [{…, filled = true}]` when
that is normal); a ref with an empty piece is absent. Empty cells never erase. A field whose schema
says `required` and that a row does not give rejects the row. If a row of a group with sums is
rejected, the whole group is (its total would be wrong), and all of its lines can be downloaded.
"""

from __future__ import annotations
