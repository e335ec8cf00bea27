SELECT
  CAST(q."company_id" AS BIGINT) AS "company_id",
  CAST(q."customer_id" AS BIGINT) AS "customer_id",
  CAST(q."day" AS DATE) AS "day",
  CAST(q."net_minor" AS BIGINT) AS "net_minor",
  CAST(q."bought" AS BOOLEAN) AS "bought"
FROM (
SELECT
  "t21"."company_id",
  "t21"."customer_id",
  "t21"."day",
  COALESCE(SUM("t21"."net"), 0) AS "net_minor",
  BOOL_OR(CAST("t21"."bought" AS BOOLEAN)) AS "bought"
FROM (
  SELECT
    *
  FROM (
    SELECT
      "t19"."company_id",
      "t19"."customer_id",
      "t19"."issued_on" AS "day",
      "t19"."net",
      (
        "t19"."kind" <> 'credit_note'
      ) AND (
        "t19"."net" > 0
      ) AS "bought"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t13"."company_id",
          "t13"."invoice_id",
          "t13"."customer_id",
          "t13"."subscription_id",
          "t13"."number",
          "t13"."kind",
          "t13"."issued_on",
          "t13"."due_on",
          "t13"."settled_on",
          "t13"."net_minor",
          "t13"."tax_minor",
          "t13"."gross_minor",
          "t13"."paid_minor",
          "t13"."currency",
          "t13"."status",
          "t13"."e_invoice_status",
          "t13"."pdf_ref",
          "t13"."net",
          "t13"."gross"
        FROM (
          SELECT
            "t1"."company_id",
            "t1"."invoice_id",
            "t1"."customer_id",
            "t1"."subscription_id",
            "t1"."number",
            COALESCE("t1"."kind", 'invoice') AS "kind",
            "t1"."issued_on",
            "t1"."due_on",
            "t1"."settled_on",
            "t1"."net_minor",
            "t1"."tax_minor",
            "t1"."gross_minor",
            "t1"."paid_minor",
            "t1"."currency",
            "t1"."status",
            "t1"."e_invoice_status",
            "t1"."pdf_ref",
            CASE
              WHEN (
                COALESCE("t1"."kind", 'invoice') = 'credit_note'
              )
              AND (
                COALESCE(COALESCE("t1"."net_minor", "t1"."gross_minor" - COALESCE("t1"."tax_minor", 0)), 0) > 0
              )
              THEN -(
                COALESCE(COALESCE("t1"."net_minor", "t1"."gross_minor" - COALESCE("t1"."tax_minor", 0)), 0)
              )
              ELSE COALESCE(COALESCE("t1"."net_minor", "t1"."gross_minor" - COALESCE("t1"."tax_minor", 0)), 0)
            END AS "net",
            CASE
              WHEN (
                COALESCE("t1"."kind", 'invoice') = 'credit_note'
              )
              AND (
                COALESCE(COALESCE("t1"."gross_minor", "t1"."net_minor" + COALESCE("t1"."tax_minor", 0)), 0) > 0
              )
              THEN -(
                COALESCE(COALESCE("t1"."gross_minor", "t1"."net_minor" + COALESCE("t1"."tax_minor", 0)), 0)
              )
              ELSE COALESCE(COALESCE("t1"."gross_minor", "t1"."net_minor" + COALESCE("t1"."tax_minor", 0)), 0)
            END AS "gross"
          FROM "invoice" AS "t1"
          WHERE
            NOT (
              COALESCE("t1"."status", 'issued') IN ('draft', 'cancelled')
            )
        ) AS "t13"
        SEMI JOIN "touched_customer" AS "t4"
          ON "t13"."company_id" = "t4"."company_id"
          AND "t13"."customer_id" = "t4"."customer_id"
      ) AS "t16"
      WHERE
        "t16"."customer_id" IS NOT NULL
    ) AS "t19"
    SEMI JOIN (
      SELECT
        *
      FROM "company_basis" AS "t0"
      WHERE
        "t0"."basis" = 'order'
    ) AS "t8"
      ON "t19"."company_id" = "t8"."company_id"
  ) AS "t20"
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      "t15"."company_id",
      "t15"."customer_id",
      "t15"."won_on" AS "day",
      COALESCE("t15"."amount_minor", 0) AS "net",
      TRUE AS "bought"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t10"."company_id",
          "t10"."deal_id",
          "t10"."customer_id",
          "t10"."contact_id",
          "t10"."product_id",
          "t10"."name",
          "t10"."amount_minor",
          "t10"."currency",
          "t10"."stage",
          "t10"."status",
          "t10"."pipeline",
          "t10"."probability",
          "t10"."source_channel",
          "t10"."opened_on",
          "t10"."demo_on",
          "t10"."won_on",
          "t10"."lost_on",
          "t10"."lost_reason",
          "t10"."owner",
          "t10"."won_by_founder"
        FROM (
          SELECT
            *
          FROM "deal" AS "t3"
          WHERE
            "t3"."status" = 'won' AND "t3"."won_on" IS NOT NULL
        ) AS "t10"
        SEMI JOIN "touched_customer" AS "t4"
          ON "t10"."company_id" = "t4"."company_id"
          AND "t10"."customer_id" = "t4"."customer_id"
      ) AS "t11"
      WHERE
        "t11"."customer_id" IS NOT NULL
    ) AS "t15"
    SEMI JOIN (
      SELECT
        *
      FROM "company_basis" AS "t0"
      WHERE
        "t0"."basis" = 'deal'
    ) AS "t9"
      ON "t15"."company_id" = "t9"."company_id"
  ) AS "t17"
) AS "t21"
GROUP BY
  1,
  2,
  3
) AS q
