"""The tools as they document themselves: authentication, lists, filters, changes, write-back."""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import parse_qs

from standins.server import Asked, StandIn

Answered = tuple[int, Any, dict[str, str]]
GONE: Answered = (404, {"error": "Not found"}, {})
DAY = "2026-11-02T10:00:00Z"


class Tool(StandIn):
    """A tool with collections by name; `stamp` is the field that tells when an item changed."""

    given: dict[str, str] = {}
    page = 2

    def __init__(self) -> None:
        super().__init__()
        self.data: dict[str, list[dict[str, Any]]] = {}
        self.written: list[tuple[str, str, Any]] = []
        self.fill()

    def fill(self) -> None:
        raise NotImplementedError

    def find(self, collection: str, identifier: str) -> dict[str, Any] | None:
        return next((one for one in self.data[collection] if str(one["id"]) == identifier), None)

    def remove(self, collection: str, identifier: str) -> None:
        self.data[collection] = [o for o in self.data[collection] if str(o["id"]) != identifier]


class Pennylane(Tool):
    """Cursor lists {items, has_more, next_cursor}; changelogs by start_date, then by cursor alone."""

    def fill(self) -> None:
        self.changes: dict[str, list[dict[str, str]]] = {
            "customers": [],
            "customer_invoices": [],
            "transactions": [],
        }
        self.data = {
            "customers": [
                {
                    "id": n,
                    "customer_type": "company",
                    "name": name,
                    "reg_no": siren,
                    "vat_number": None,
                    "emails": [f"compta{n}@exemple.example"],
                    "phone": "01 99 00 12 34",
                    "billing_address": {
                        "address": "1 rue Fictive",
                        "postal_code": "69001",
                        "city": "Lyon",
                        "country_alpha2": "FR",
                    },
                    "updated_at": DAY,
                }
                for n, name, siren in (
                    (1, "Atelier Brumaire", "552100554"),
                    (2, "Verger Fictif", None),
                    (3, "Lune d’Essai", None),
                )
            ],
            "customer_invoices": [
                {
                    "id": 10 + n,
                    "invoice_number": f"F-{n}",
                    "date": "2026-10-0" + str(n),
                    "deadline": "2026-11-01",
                    "currency": "EUR",
                    "currency_amount": "1200.00",
                    "currency_amount_before_tax": "1000.00",
                    "currency_tax": "200.00",
                    "paid": n == 1,
                    "draft": False,
                    "remaining_amount_with_tax": "0.00",
                    "credited_invoice": {"id": 11} if n == 3 else None,
                    "customer": {"id": 1},
                    "updated_at": DAY,
                }
                for n in (1, 2, 3)
            ],
            "billing_subscriptions": [
                {
                    "id": 21,
                    "label": "Entretien",
                    "status": "in_progress",
                    "start": "2026-01-01",
                    "stopped_at": None,
                    "recurring_rule": {"rule_type": "monthly"},
                    "customer": {"id": 1},
                }
            ],
            "transactions": [
                {
                    "id": 31,
                    "date": "2026-10-20",
                    "amount": "1200.00",
                    "currency": "EUR",
                    "bank_account": {"id": 5},
                    "customer": {"id": 1},
                },
                {
                    "id": 32,
                    "date": "2026-10-21",
                    "amount": "-45.10",
                    "currency": "EUR",
                    "bank_account": {"id": 5},
                    "customer": None,
                },
            ],
        }

    def log(self, collection: str, identifier: int, operation: str) -> None:
        at = self.now.isoformat().replace("+00:00", "Z")
        self.changes[collection].append(
            {
                "id": identifier,
                "operation": operation,
                "processed_at": at,
                "updated_at": at,
                "created_at": at,
            }
        )

    def change(self) -> None:
        self.data["customers"][0]["billing_address"]["city"] = "Nantes"
        self.log("customers", 1, "update")
        self.log("customers", 1, "update")

    def delete(self) -> None:
        self.remove("customers", "3")
        self.log("customers", 3, "delete")

    def answer(self, asked: Asked) -> Answered:
        path = asked.path.strip("/").split("/")
        if path == ["me"]:
            return 200, {"user": {"id": 1}}, {}
        if path[0] == "changelogs":
            if "cursor" in asked.query and "start_date" in asked.query:
                return 400, {"error": "start_date and cursor"}, {}
            if asked.query.get("start_date", "9") < "2026-10-2":
                return 422, {"error": "start_date older than 4 weeks"}, {}
            since = asked.query.get("start_date", "")
            listed = [c for c in self.changes[path[1]] if c["processed_at"] >= since]
        elif path[0] == "company_customers":
            self.written.append((asked.method, asked.path, asked.body))
            if asked.method == "POST":
                new = {
                    **self.data["customers"][1],
                    "emails": [],
                    "billing_address": {},
                    **asked.body,
                    "id": 99,
                }
                self.data["customers"].append(new)
                return 201, new, {}
            found = self.find("customers", path[1])
            if found is None:
                return GONE
            merge(found, asked.body)
            return 200, found, {}
        elif len(path) == 2:
            found = self.find(path[0], path[1])
            return (200, found, {}) if found else GONE
        else:
            listed = self.data[path[0]]
        begin = int(base64.b64decode(asked.query["cursor"])) if "cursor" in asked.query else 0
        more = begin + self.page < len(listed)
        following = base64.b64encode(str(begin + self.page).encode()).decode() if more else None
        return (
            200,
            {
                "items": listed[begin : begin + self.page],
                "has_more": more,
                "next_cursor": following,
            },
            {},
        )


class Sellsy(Tool):
    """OAuth2 client credentials; searches by POST with an opaque offset."""

    given = {"client_id": "client-fictif", "client_secret": "secret-fictif"}

    def fill(self) -> None:
        self.tokens = 0
        related = [{"id": 1, "type": "company"}]
        amounts = {
            "total_excl_tax": "1000.00000",
            "total_incl_tax": "1200.00000",
            "total": "1200.00",
        }
        self.data = {
            "companies": [
                {
                    "id": n,
                    "name": name,
                    "type": "client" if n == 1 else "prospect",
                    "email": None,
                    "phone_number": "+33199001234",
                    "website": None,
                    "legal_france": {
                        "siren": "552100554" if n == 1 else None,
                        "siret": None,
                        "vat": None,
                        "ape_naf_code": "6201Z",
                    },
                    "is_archived": False,
                    "created": DAY,
                    "updated_at": DAY,
                }
                for n, name in ((1, "Atelier Brumaire"), (2, "Verger Fictif"), (3, "Lune d’Essai"))
            ],
            "contacts": [
                {
                    "id": 5,
                    "first_name": "Élodie",
                    "last_name": "Fictive",
                    "email": "elodie@exemple.example",
                    "phone_number": None,
                    "position": "Gérante",
                    "companies": related,
                    "is_archived": False,
                    "updated_at": DAY,
                }
            ],
            "opportunities": [
                {
                    "id": 7,
                    "name": "Refonte",
                    "amount": {"value": "5000.00", "currency": "EUR"},
                    "probability": 50,
                    "step": {"name": "Devis"},
                    "pipeline": {"name": "Ventes"},
                    "status": "open",
                    "created": DAY,
                    "closed_at": None,
                    "related": related,
                    "updated_at": DAY,
                }
            ],
            "invoices": [
                {
                    "id": 8,
                    "number": "FA-8",
                    "date": "2026-10-01",
                    "due_date": "2026-10-31",
                    "status": "paid",
                    "amounts": amounts,
                    "currency": "EUR",
                    "related": related,
                }
            ],
            "credit-notes": [
                {
                    "id": 9,
                    "number": "AV-9",
                    "date": "2026-10-05",
                    "amounts": amounts,
                    "currency": "EUR",
                    "related": related,
                }
            ],
            "payments": [
                {
                    "id": 11,
                    "paid_at": "2026-10-20",
                    "amounts": amounts,
                    "currency": "EUR",
                    "type": "transfer",
                    "related": [{"id": 8, "type": "invoice"}],
                }
            ],
        }

    def authorised(self, asked: Asked) -> bool:
        return asked.path == "/oauth/token" or super().authorised(asked)

    def change(self) -> None:
        self.data["companies"][0].update(
            name="Atelier Brumaire & Fils", updated_at="2026-11-20T11:00:00Z"
        )

    def delete(self) -> None:
        self.data["companies"][2].update(is_archived=True, updated_at="2026-11-20T11:30:00Z")

    def answer(self, asked: Asked) -> Answered:
        if asked.path == "/oauth/token":
            assert asked.body["grant_type"] == "client_credentials"
            if asked.body["client_secret"] != "secret-fictif":
                return 401, {"error": "invalid_client"}, {}
            self.tokens += 1
            self.token = f"acces-{self.tokens}"
            return 200, {"access_token": self.token, "expires_in": 3600, "token_type": "Bearer"}, {}
        path = asked.path.strip("/").split("/")
        if asked.method == "GET":
            return 200, {"data": self.data["companies"][:1]}, {}
        assert path[1] == "search"
        filters = asked.body["filters"]
        since = filters.get("updated_at", {}).get("start", "")
        listed = [one for one in self.data[path[0]] if one.get("updated_at", DAY) >= since]
        begin = (
            int(json.loads(base64.b64decode(asked.query["offset"]))[0])
            if "offset" in asked.query
            else 0
        )
        chunk = listed[begin : begin + self.page]
        offset = base64.b64encode(json.dumps([begin + len(chunk)]).encode()).decode()
        return (
            200,
            {
                "data": chunk,
                "pagination": {
                    "limit": self.page,
                    "count": len(chunk),
                    "total": len(listed),
                    "offset": offset,
                },
            },
            {},
        )


class Axonaut(Tool):
    """Key and page in headers, bare lists."""

    def fill(self) -> None:
        company = {"id": 1, "name": "Atelier Brumaire"}
        self.data = {
            "companies": [
                {
                    "id": n,
                    "name": name,
                    "siret": None,
                    "intracommunity_number": None,
                    "address_street": "1 rue Fictive",
                    "address_zip_code": "44000",
                    "address_city": "Nantes",
                    "address_country": "France",
                    "is_customer": n == 1,
                    "is_prospect": n != 1,
                    "business_manager": {"name": "Camille Fictive"},
                }
                for n, name in ((1, "Atelier Brumaire"), (2, "Verger Fictif"), (3, "Lune d’Essai"))
            ],
            "employees": [
                {
                    "id": 5,
                    "firstname": "Élodie",
                    "lastname": "Fictive",
                    "email": "elodie@exemple.example",
                    "phone_number": "",
                    "job": "Gérante",
                    "company": company,
                }
            ],
            "opportunities": [
                {
                    "id": 7,
                    "name": "Refonte",
                    "amount": 5000,
                    "probability": 100,
                    "pipe_name": "Ventes",
                    "pipe_step_name": "Signé",
                    "is_win": True,
                    "is_archived": True,
                    "creation_date": "2026-09-01T10:00:00+0200",
                    "end_date": "2026-10-01T10:00:00+0200",
                    "company": company,
                }
            ],
            "contracts": [
                {
                    "id": 8,
                    "name": "Entretien",
                    "start_date": "2026-01-01T00:00:00+0100",
                    "end_date": None,
                    "company": company,
                }
            ],
            "invoices": [
                {
                    "id": 9,
                    "number": "F-9",
                    "date": "2026-10-01T00:00:00+0200",
                    "due_date": "2026-10-31T00:00:00+0200",
                    "paid_date": None,
                    "pre_tax_amount": 1000.0,
                    "tax_amount": 200.0,
                    "total": 1200.0,
                    "company": company,
                }
            ],
            "payments": [
                {
                    "id": 11,
                    "amount": 600.5,
                    "date": "2026-10-20T00:00:00+0200",
                    "nature": "virement",
                    "invoice": {"id": 9},
                }
            ],
        }

    def authorised(self, asked: Asked) -> bool:
        return asked.headers.get("userapikey") == self.token

    def change(self) -> None:
        self.data["companies"][0]["address_city"] = "Rennes"

    def delete(self) -> None:
        self.remove("companies", "3")

    def answer(self, asked: Asked) -> Answered:
        if asked.path == "/me":
            return 200, {"email": "fictif@exemple.example"}, {}
        listed = self.data[asked.path.strip("/")]
        begin = (int(asked.headers["page"]) - 1) * self.page
        return 200, listed[begin : begin + self.page], {}


class HubSpot(Tool):
    """Searches that stop at 10,000 results (here: at `cap`), associations apart, an archive."""

    cap = 4

    def fill(self) -> None:
        def item(n: int, stamp: str = "hs_lastmodifieddate", **properties: Any) -> dict[str, Any]:
            return {
                "id": str(n),
                "properties": {"hs_object_id": str(n), stamp: DAY, **properties},
                "createdAt": DAY,
                "updatedAt": DAY,
                "archived": False,
            }

        self.archive: dict[str, list[dict[str, Any]]] = {
            "companies": [],
            "contacts": [],
            "deals": [],
        }
        self.links = {
            ("contacts", "companies"): {"51": 1},
            ("deals", "companies"): {"71": 1},
            ("deals", "contacts"): {"71": 51},
        }
        self.data = {
            "companies": [
                item(
                    n,
                    name=name,
                    domain=f"fictif{n}.example",
                    city="Lyon",
                    lifecyclestage="customer",
                )
                for n, name in enumerate(
                    [
                        "Atelier Brumaire",
                        "Verger Fictif",
                        "Lune d’Essai",
                        "Quai Imaginaire",
                        "Forge Feinte",
                        "Moulin Rêvé",
                    ],
                    1,
                )
            ],
            "contacts": [
                item(
                    51,
                    "lastmodifieddate",
                    firstname="Élodie",
                    lastname="Fictive",
                    email="elodie@fictif1.example",
                    phone=None,
                    jobtitle="Gérante",
                    hs_email_optout="true",
                )
            ],
            "deals": [
                item(
                    71,
                    dealname="Refonte",
                    amount="5000",
                    deal_currency_code="EUR",
                    dealstage="closedwon",
                    pipeline="default",
                    hs_is_closed="true",
                    hs_is_closed_won="true",
                    closedate="2026-10-01T10:00:00Z",
                    createdate="2026-09-01T10:00:00Z",
                    hs_deal_stage_probability="1.0",
                )
            ],
        }

    def change(self) -> None:
        self.data["companies"][0]["properties"].update(
            city="Nantes", hs_lastmodifieddate="2026-11-20T11:00:00Z"
        )

    def delete(self) -> None:
        self.archive["companies"].append(self.data["companies"].pop(2))

    def answer(self, asked: Asked) -> Answered:
        path = asked.path.strip("/").split("/")
        if path[0] == "account-info":
            return 200, {"portalId": 1}, {}
        if "associations" in path:
            linked = self.links[path[3], path[4]]
            found = [
                {"from": {"id": one["id"]}, "to": [{"toObjectId": linked[one["id"]]}]}
                for one in asked.body["inputs"]
                if one["id"] in linked
            ]
            return (
                207 if len(found) < len(asked.body["inputs"]) else 200,
                {"status": "COMPLETE", "results": found},
                {},
            )
        if path[-1] == "search":
            return self._search(path[3], asked.body)
        if asked.method in {"PATCH", "POST"}:
            self.written.append((asked.method, asked.path, asked.body))
            if asked.method == "POST":
                new = {
                    "id": "990",
                    "properties": {
                        "hs_object_id": "990",
                        "hs_lastmodifieddate": DAY,
                        **asked.body["properties"],
                    },
                }
                self.data[path[3]].append(new)
                return 201, new, {}
            found = self.find(path[3], path[4])
            if found is None:
                return GONE
            found["properties"].update(asked.body["properties"])
            return 200, found, {}
        if len(path) == 5:
            found = self.find(path[3], path[4])
            return (200, found, {}) if found else GONE
        return 200, {"results": self.archive[path[3]]}, {}

    def _search(self, collection: str, body: dict[str, Any]) -> Answered:
        listed = list(self.data[collection])
        for group in body.get("filterGroups", []):
            for one in group["filters"]:
                name, value = one["propertyName"], str(one["value"])
                if name == "hs_object_id":
                    listed = [i for i in listed if int(i["id"]) > int(value)]
                else:
                    listed = [i for i in listed if millis(i["properties"][name]) >= int(value)]
        for sort in body.get("sorts", []):
            listed.sort(key=lambda i: int(i["properties"][sort["propertyName"]]))
        begin = int(body.get("after", 0))
        if begin >= self.cap:
            return 400, {"message": "paging beyond 10000"}, {}
        chunk = listed[begin : begin + self.page]
        asked = body.get("properties", [])
        results = [{**i, "properties": {**dict.fromkeys(asked), **i["properties"]}} for i in chunk]
        return (
            200,
            {
                "total": len(listed),
                "results": results,
                "paging": {"next": {"after": str(begin + self.page)}},
            },
            {},
        )


class Stripe(Tool):
    """Newest first, walked by starting_after; events tell of changes and may come twice and unordered."""

    given = {"token": "rk_test_fictive"}
    token = "rk_test_fictive"

    def fill(self) -> None:
        self.data = {
            "customers": [
                {
                    "id": f"cus_{n}",
                    "object": "customer",
                    "name": name,
                    "email": f"c{n}@exemple.example",
                    "phone": None,
                    "metadata": {"siren": "552100554"} if n == 1 else {},
                    "address": {
                        "line1": None,
                        "postal_code": "75001",
                        "city": "Paris",
                        "country": "FR",
                    },
                    "created": 1760000000 + n,
                }
                for n, name in ((1, "Atelier Brumaire"), (2, None), (3, "Lune d’Essai"))
            ],
            "subscriptions": [
                {
                    "id": "sub_1",
                    "object": "subscription",
                    "customer": "cus_1",
                    "status": "active",
                    "start_date": 1760000000,
                    "trial_end": None,
                    "cancel_at": None,
                    "ended_at": None,
                    "currency": "eur",
                    "cancellation_details": {"reason": None},
                    "created": 1760000000,
                    "items": {
                        "object": "list",
                        "data": [
                            {
                                "id": "si_1",
                                "created": 1760000000,
                                "quantity": 2,
                                "price": {
                                    "id": "price_1",
                                    "nickname": "Pro",
                                    "unit_amount": 4900,
                                    "currency": "eur",
                                    "recurring": {"interval": "month", "interval_count": 1},
                                },
                            },
                            {
                                "id": "si_2",
                                "created": 1760000000,
                                "quantity": 1,
                                "price": {
                                    "id": "price_2",
                                    "nickname": "Option",
                                    "unit_amount": 900,
                                    "currency": "eur",
                                    "recurring": {"interval": "month", "interval_count": 1},
                                },
                            },
                        ],
                    },
                }
            ],
            "invoices": [
                {
                    "id": "in_1",
                    "object": "invoice",
                    "customer": "cus_1",
                    "subscription": "sub_1",
                    "number": "S-1",
                    "created": 1760000000,
                    "due_date": None,
                    "status": "paid",
                    "status_transitions": {"paid_at": 1760086400},
                    "total": 10700,
                    "total_excluding_tax": 8917,
                    "amount_paid": 10700,
                    "currency": "eur",
                }
            ],
            "charges": [
                {
                    "id": "ch_1",
                    "object": "charge",
                    "customer": "cus_1",
                    "invoice": "in_1",
                    "created": 1760086400,
                    "amount": 10700,
                    "currency": "eur",
                    "status": "succeeded",
                    "payment_method_details": {"type": "card"},
                    "balance_transaction": {"id": "txn_1", "fee": 325},
                }
            ],
        }
        self.events: list[dict[str, Any]] = []

    def log(self, kind: str, item: dict[str, Any]) -> None:
        self.events.insert(
            0,
            {
                "id": f"evt_{len(self.events)}",
                "type": kind,
                "created": int(self.now.timestamp()),
                "data": {"object": {"id": item["id"], "object": item["object"]}},
            },
        )

    def change(self) -> None:
        self.data["customers"][0]["address"]["city"] = "Nantes"
        self.log("customer.updated", self.data["customers"][0])
        self.log("customer.updated", self.data["customers"][0])
        subscription = self.data["subscriptions"][0]
        subscription["items"]["data"].pop()
        self.log("customer.subscription.updated", subscription)

    def delete(self) -> None:
        self.log("customer.deleted", self.data["customers"][2])
        self.data["customers"][2] = {
            "id": "cus_3",
            "object": "customer",
            "deleted": True,
            "created": 0,
        }

    def answer(self, asked: Asked) -> Answered:
        path = asked.path.strip("/").split("/")
        if path[1] == "balance":
            return 200, {"object": "balance"}, {}
        if len(path) == 3:
            found = self.find(path[1], path[2])
            return (200, found, {}) if found else GONE
        if path[1] == "events":
            kind = asked.query["type"].removesuffix("*")
            since = int(asked.query.get("created[gte]", 0))
            listed = [
                e for e in self.events if e["type"].startswith(kind) and e["created"] >= since
            ]
        else:
            listed = sorted(
                (o for o in self.data[path[1]] if not o.get("deleted")), key=lambda o: -o["created"]
            )
        ids = [one["id"] for one in listed]
        begin = (
            ids.index(asked.query["starting_after"]) + 1 if "starting_after" in asked.query else 0
        )
        return (
            200,
            {
                "object": "list",
                "data": listed[begin : begin + self.page],
                "has_more": begin + self.page < len(listed),
            },
            {},
        )


class Shopify(Tool):
    """GraphQL: everything is a POST answered 200, errors inside."""

    given = {"shop": "boutique-fictive"}
    page = 1

    def fill(self) -> None:
        def money(amount: str) -> dict[str, Any]:
            return {"shopMoney": {"amount": amount, "currencyCode": "EUR"}}

        self.throttled = 0
        self.data = {
            "customers": [
                {
                    "id": n,
                    "legacyResourceId": str(n),
                    "displayName": name,
                    "firstName": name.split()[0],
                    "lastName": name.split()[1],
                    "updatedAt": DAY,
                    "defaultEmailAddress": {
                        "emailAddress": f"client{n}@exemple.example",
                        "marketingState": "SUBSCRIBED",
                    },
                    "defaultPhoneNumber": None,
                    "defaultAddress": {
                        "address1": "1 rue Fictive",
                        "zip": "33000",
                        "city": "Bordeaux",
                        "countryCodeV2": "FR",
                    },
                }
                for n, name in ((1, "Ada Fictive"), (2, "Basile Feint"), (3, "Cléo Rêvée"))
            ],
            "orders": [
                {
                    "id": 11,
                    "legacyResourceId": "11",
                    "name": "#1001",
                    "createdAt": "2026-10-01T10:00:00Z",
                    "updatedAt": DAY,
                    "cancelledAt": None,
                    "displayFinancialStatus": "PAID",
                    "totalPriceSet": money("59.90"),
                    "totalTaxSet": money("9.98"),
                    "customer": {"legacyResourceId": "1"},
                    "transactions": [
                        {
                            "id": "t1",
                            "kind": "SALE",
                            "status": "SUCCESS",
                            "gateway": "carte",
                            "processedAt": "2026-10-01T10:01:00Z",
                            "amountSet": money("59.90"),
                        },
                        {
                            "id": "t2",
                            "kind": "REFUND",
                            "status": "SUCCESS",
                            "gateway": "carte",
                            "processedAt": "2026-10-02T10:01:00Z",
                            "amountSet": money("5.00"),
                        },
                    ],
                }
            ],
        }

    def authorised(self, asked: Asked) -> bool:
        return asked.headers.get("x-shopify-access-token") == self.token

    def change(self) -> None:
        self.data["customers"][0]["defaultAddress"]["city"] = "Nantes"
        self.data["customers"][0]["updatedAt"] = "2026-11-20T11:00:00Z"
        self.throttled = 1

    def delete(self) -> None:
        self.remove("customers", "3")

    def answer(self, asked: Asked) -> Answered:
        if self.throttled:
            self.throttled -= 1
            return (
                200,
                {"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]},
                {},
            )
        query = asked.body["query"]
        if "shop {" in query:
            return 200, {"data": {"shop": {"name": "Boutique fictive"}}}, {}
        if counted := re.search(r"(\w+)Count", query):
            return 200, {"data": {f"{counted[1]}Count": {"count": len(self.data[counted[1]])}}}, {}
        root = re.search(r"\{ (\w+)\(first", query)[1]
        variables = asked.body["variables"]
        since = re.search(r"'(.+)'", variables.get("filter", "''x'"))
        listed = [
            one
            for one in self.data[root]
            if "filter" not in variables or one["updatedAt"] >= since[1]
        ]
        begin = int(variables.get("after", 0))
        more = begin + self.page < len(listed)
        page_info = {"hasNextPage": more, "endCursor": str(begin + self.page)}
        return (
            200,
            {"data": {root: {"nodes": listed[begin : begin + self.page], "pageInfo": page_info}}},
            {},
        )


class Brevo(Tool):
    """Offsets and pages with totals, modifiedSince."""

    def fill(self) -> None:
        self.data = {
            "companies": [
                {
                    "id": f"b{n}",
                    "attributes": {
                        "name": name,
                        "domain": f"fictif{n}.example",
                        "last_updated_at": DAY,
                    },
                    "linkedContactsIds": [],
                }
                for n, name in ((1, "Atelier Brumaire"), (2, "Verger Fictif"), (3, "Lune d’Essai"))
            ],
            "contacts": [
                {
                    "id": n,
                    "email": f"c{n}@exemple.example",
                    "emailBlacklisted": n == 1,
                    "createdAt": DAY,
                    "modifiedAt": DAY,
                    "attributes": {"PRENOM": "Élodie", "NOM": f"Fictive {n}", "SMS": "33699001234"},
                }
                for n in (1, 2, 3)
            ],
            "deals": [
                {
                    "id": "d1",
                    "attributes": {
                        "deal_name": "Refonte",
                        "amount": 5000.5,
                        "deal_stage": "nouveau",
                        "created_at": DAY,
                        "last_updated_date": DAY,
                    },
                    "linkedCompaniesIds": ["b1"],
                    "linkedContactsIds": [1],
                }
            ],
            "orders": [
                {
                    "id": "o1",
                    "createdAt": DAY,
                    "updatedAt": DAY,
                    "status": "completed",
                    "amount": 59.9,
                }
            ],
        }

    def authorised(self, asked: Asked) -> bool:
        return asked.headers.get("api-key") == self.token

    def change(self) -> None:
        self.data["contacts"][0].update(
            attributes={"PRENOM": "Élodie", "NOM": "Renommée"}, modifiedAt="2026-11-20T11:00:00Z"
        )

    def delete(self) -> None:
        self.remove("contacts", "3")

    def answer(self, asked: Asked) -> Answered:
        path = asked.path.strip("/").split("/")
        if path == ["account"]:
            return 200, {"email": "fictif@exemple.example"}, {}
        if asked.method == "PUT":
            self.written.append((asked.method, asked.path, asked.body))
            self.find("contacts", path[1])["attributes"].update(asked.body["attributes"])
            return 204, None, {}
        name = path[-1]
        since = asked.query.get("modifiedSince", "")

        def stamp(one: dict[str, Any]) -> str:
            inside = one.get("attributes", {})
            return str(
                one.get("modifiedAt")
                or one.get("updatedAt")
                or inside.get("last_updated_at")
                or inside.get("last_updated_date")
            )

        listed = [one for one in self.data[name] if stamp(one) >= since]
        if name == "companies":
            begin = (int(asked.query["page"]) - 1) * self.page
            chunk = listed[begin : begin + self.page]
            return (
                200,
                {"items": chunk, "pager": {"limit": self.page, "page": 1, "total": len(listed)}},
                {},
            )
        begin = int(asked.query["offset"])
        chunk = listed[begin : begin + self.page]
        if name == "deals":
            return 200, {"items": chunk}, {}
        return 200, {name: chunk, "count": len(listed)}, {}


class Odoo(Tool):
    """JSON-2: domains, bare lists, `false` for no value, many2one as [id, name]."""

    given = {"domain": "atelier-fictif.example", "database": "fictive"}

    def fill(self) -> None:
        stamp = "2026-11-02 10:00:00"
        partner = {
            "write_date": stamp,
            "active": True,
            "vat": False,
            "company_registry": False,
            "email": False,
            "phone": False,
            "street": False,
            "zip": "69001",
            "city": "Lyon",
            "country_code": "FR",
            "function": False,
            "user_id": [2, "Camille Fictive"],
            "customer_rank": 1,
        }
        euro = [1, "EUR"]
        self.data = {
            "res.partner": [
                {
                    **partner,
                    "id": 1,
                    "name": "Atelier Brumaire",
                    "is_company": True,
                    "parent_id": False,
                    "vat": "FR83404833048",
                },
                {
                    **partner,
                    "id": 2,
                    "name": "Verger Fictif",
                    "is_company": True,
                    "parent_id": False,
                    "customer_rank": 0,
                },
                {
                    **partner,
                    "id": 3,
                    "name": "Lune d’Essai",
                    "is_company": True,
                    "parent_id": False,
                },
                {
                    **partner,
                    "id": 4,
                    "name": "Élodie Fictive",
                    "is_company": False,
                    "parent_id": [1, "Atelier Brumaire"],
                    "email": "elodie@exemple.example",
                    "function": "Gérante",
                },
            ],
            "crm.lead": [
                {
                    "id": 7,
                    "write_date": stamp,
                    "name": "Refonte",
                    "type": "opportunity",
                    "active": True,
                    "partner_id": [1, "Atelier Brumaire"],
                    "expected_revenue": 5000.0,
                    "probability": 100.0,
                    "stage_id": [4, "Gagné"],
                    "won_status": "won",
                    "create_date": stamp,
                    "date_closed": stamp,
                    "lost_reason_id": False,
                    "user_id": [2, "Camille Fictive"],
                    "team_id": [1, "Ventes"],
                }
            ],
            "sale.order": [
                {
                    "id": 8,
                    "write_date": stamp,
                    "name": "S0008",
                    "is_subscription": True,
                    "partner_id": [1, "Atelier Brumaire"],
                    "recurring_monthly": 49.9,
                    "subscription_state": "3_progress",
                    "start_date": "2026-01-01",
                    "end_date": False,
                    "currency_id": euro,
                }
            ],
            "account.move": [
                {
                    "id": 9,
                    "write_date": stamp,
                    "name": "FAC/2026/0009",
                    "partner_id": [1, "Atelier Brumaire"],
                    "move_type": "out_invoice",
                    "state": "posted",
                    "payment_state": "paid",
                    "invoice_date": "2026-10-01",
                    "invoice_date_due": "2026-10-31",
                    "amount_untaxed": 1000.0,
                    "amount_tax": 200.0,
                    "amount_total": 1200.0,
                    "currency_id": euro,
                }
            ],
            "account.payment": [
                {
                    "id": 11,
                    "write_date": stamp,
                    "partner_id": [1, "Atelier Brumaire"],
                    "payment_type": "inbound",
                    "amount": 1200.0,
                    "date": "2026-10-20",
                    "state": "paid",
                    "currency_id": euro,
                    "memo": "VIR 123",
                }
            ],
        }

    def authorised(self, asked: Asked) -> bool:
        return super().authorised(asked) and asked.headers.get("x-odoo-database") == "fictive"

    def change(self) -> None:
        self.data["res.partner"][0].update(city="Nantes", write_date="2026-11-20 11:00:00")

    def delete(self) -> None:
        self.data["res.partner"][2].update(active=False, write_date="2026-11-20 11:30:00")

    def answer(self, asked: Asked) -> Answered:
        _, _, model, method = asked.path.strip("/").split("/")
        if method == "context_get":
            return 200, {"lang": "fr_FR"}, {}
        if method == "write":
            self.written.append((method, asked.path, asked.body))
            self.find(model, str(asked.body["ids"][0])).update(asked.body["vals"])
            return 200, True, {}
        if method == "read":
            return 200, [one for one in self.data[model] if one["id"] in asked.body["ids"]], {}
        tests = {
            "=": lambda a, b: a == b,
            ">": lambda a, b: a > b,
            ">=": lambda a, b: a >= b,
            "in": lambda a, b: a in b,
        }
        listed = [
            one
            for one in self.data[model]
            if all(tests[op](one[name], value) for name, op, value in asked.body["domain"])
        ]
        if method == "search_count":
            return 200, len(listed), {}
        assert asked.body["order"] == "id asc"
        found = [{name: one[name] for name in asked.body["fields"]} for one in listed]
        return 200, found[: self.page], {}


class GoogleAds(Tool):
    """One query answered in chunks; costs in millionths; the past is restated."""

    given = {
        "customer_id": "1234567890",
        "developer_token": "dev-fictif",
        "client_id": "c",
        "client_secret": "s",
        "refresh_token": "r",
    }

    def fill(self) -> None:
        self.tokens = 0
        self.data = {
            "spend": [
                {
                    "campaign": {"id": "55", "name": "Marque"},
                    "customer": {"currencyCode": "EUR"},
                    "segments": {"date": f"2026-11-{n:02d}"},
                    "metrics": {
                        "costMicros": str(12_345_678 * n),
                        "impressions": "1000",
                        "clicks": "10",
                        "conversions": 1.5,
                        "conversionsValue": 99.99,
                    },
                }
                for n in (1, 18, 19)
            ]
        }

    def authorised(self, asked: Asked) -> bool:
        if asked.path == "/oauth/token":
            return True
        return super().authorised(asked) and asked.headers.get("developer-token") == "dev-fictif"

    def change(self) -> None:
        self.data["spend"][1]["metrics"]["conversions"] = 3.5

    def delete(self) -> None:
        self.data["spend"].pop(1)

    def answer(self, asked: Asked) -> Answered:
        if asked.path == "/oauth/token":
            assert asked.body["grant_type"] == "refresh_token"
            self.tokens += 1
            self.token = f"acces-{self.tokens}"
            return 200, {"access_token": self.token, "expires_in": 3599}, {}
        if asked.path.endswith("listAccessibleCustomers"):
            return 200, {"resourceNames": ["customers/1234567890"]}, {}
        first, last = re.search(r"BETWEEN '(.+)' AND '(.+)'", asked.body["query"]).groups()
        rows = [r for r in self.data["spend"] if first <= r["segments"]["date"] <= last]
        return 200, [{"results": rows[:2]}, {"results": rows[2:]}] if rows else [], {}


def merge(target: dict[str, Any], changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        if isinstance(value, dict):
            merge(target.setdefault(name, {}), value)
        else:
            target[name] = value


def millis(text: str) -> int:
    import datetime as dt

    return int(dt.datetime.fromisoformat(text).timestamp() * 1000)


def form(body: bytes) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(body.decode()).items()}


TOOLS: dict[str, type[Tool]] = {
    "pennylane": Pennylane,
    "sellsy": Sellsy,
    "axonaut": Axonaut,
    "hubspot": HubSpot,
    "stripe": Stripe,
    "shopify": Shopify,
    "brevo": Brevo,
    "odoo": Odoo,
    "google_ads": GoogleAds,
}
