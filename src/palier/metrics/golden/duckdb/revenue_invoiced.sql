SELECT
  "t6"."company_id",
  "t6"."period",
  COALESCE(SUM(CASE WHEN "t6"."day" >= "t6"."starts" THEN "t6"."net" ELSE 0 END), 0) AS "net",
  COALESCE(SUM(CASE WHEN "t6"."day" >= "t6"."starts" THEN "t6"."documents" ELSE 0 END), 0) AS "documents"
FROM (
  SELECT
    "t2"."period",
    "t2"."starts",
    "t2"."ends",
    "t2"."year_ago",
    "t2"."sales_from",
    "t2"."active_from",
    "t2"."trials_end",
    "t2"."maturity",
    "t2"."dues_end",
    "t2"."judged_on",
    "t5"."company_id",
    "t5"."day",
    "t5"."net",
    "t5"."documents"
  FROM "period" AS "t2"
  INNER JOIN (
    SELECT
      "t3"."company_id",
      "t3"."issued_on" AS "day",
      COALESCE(SUM("t3"."net"), 0) AS "net",
      COUNT(*) AS "documents"
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
    ) AS "t3"
    GROUP BY
      1,
      2
  ) AS "t5"
    ON "t5"."day" < "t2"."ends"
) AS "t6"
GROUP BY
  1,
  2
