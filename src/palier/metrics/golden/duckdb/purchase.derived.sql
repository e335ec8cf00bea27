SELECT
  CAST(q."company_id" AS BIGINT) AS "company_id",
  CAST(q."customer_id" AS BIGINT) AS "customer_id",
  CAST(q."day" AS DATE) AS "day",
  CAST(q."net_minor" AS BIGINT) AS "net_minor",
  CAST(q."bought" AS BOOLEAN) AS "bought"
FROM (
SELECT
  "t13"."company_id",
  "t13"."customer_id",
  "t13"."day",
  COALESCE(SUM("t13"."net"), 0) AS "net_minor",
  BOOL_OR(CAST("t13"."bought" AS BOOLEAN)) AS "bought"
FROM (
  SELECT
    *
  FROM (
    SELECT
      "t11"."company_id",
      "t11"."customer_id",
      "t11"."issued_on" AS "day",
      "t11"."net",
      (
        "t11"."kind" <> 'credit_note'
      ) AND (
        "t11"."net" > 0
      ) AS "bought"
    FROM (
      SELECT
        "t0"."company_id",
        "t0"."invoice_id",
        "t0"."customer_id",
        "t0"."subscription_id",
        "t0"."number",
        COALESCE("t0"."kind", 'invoice') AS "kind",
        "t0"."issued_on",
        "t0"."due_on",
        "t0"."settled_on",
        "t0"."net_minor",
        "t0"."tax_minor",
        "t0"."gross_minor",
        "t0"."paid_minor",
        "t0"."currency",
        "t0"."status",
        "t0"."e_invoice_status",
        "t0"."pdf_ref",
        CASE
          WHEN (
            COALESCE("t0"."kind", 'invoice') = 'credit_note'
          )
          AND (
            COALESCE(COALESCE("t0"."net_minor", "t0"."gross_minor" - COALESCE("t0"."tax_minor", 0)), 0) > 0
          )
          THEN -(
            COALESCE(COALESCE("t0"."net_minor", "t0"."gross_minor" - COALESCE("t0"."tax_minor", 0)), 0)
          )
          ELSE COALESCE(COALESCE("t0"."net_minor", "t0"."gross_minor" - COALESCE("t0"."tax_minor", 0)), 0)
        END AS "net",
        CASE
          WHEN (
            COALESCE("t0"."kind", 'invoice') = 'credit_note'
          )
          AND (
            COALESCE(COALESCE("t0"."gross_minor", "t0"."net_minor" + COALESCE("t0"."tax_minor", 0)), 0) > 0
          )
          THEN -(
            COALESCE(COALESCE("t0"."gross_minor", "t0"."net_minor" + COALESCE("t0"."tax_minor", 0)), 0)
          )
          ELSE COALESCE(COALESCE("t0"."gross_minor", "t0"."net_minor" + COALESCE("t0"."tax_minor", 0)), 0)
        END AS "gross"
      FROM "invoice" AS "t0"
      WHERE
        NOT (
          COALESCE("t0"."status", 'issued') IN ('draft', 'cancelled')
        )
        AND "t0"."customer_id" IS NOT NULL
    ) AS "t11"
    SEMI JOIN (
      SELECT
        *
      FROM "company_basis" AS "t2"
      WHERE
        "t2"."basis" = 'order'
    ) AS "t7"
      ON "t11"."company_id" = "t7"."company_id"
  ) AS "t12"
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      "t6"."company_id",
      "t6"."customer_id",
      "t6"."won_on" AS "day",
      COALESCE("t6"."amount_minor", 0) AS "net",
      TRUE AS "bought"
    FROM (
      SELECT
        *
      FROM "deal" AS "t1"
      WHERE
        "t1"."status" = 'won'
        AND "t1"."won_on" IS NOT NULL
        AND "t1"."customer_id" IS NOT NULL
    ) AS "t6"
    SEMI JOIN (
      SELECT
        *
      FROM "company_basis" AS "t2"
      WHERE
        "t2"."basis" = 'deal'
    ) AS "t8"
      ON "t6"."company_id" = "t8"."company_id"
  ) AS "t9"
) AS "t13"
GROUP BY
  1,
  2,
  3
) AS q
