SELECT
  CAST(q."company_id" AS BIGINT) AS "company_id",
  CAST(q."fact" AS VARCHAR) AS "fact",
  CAST(q."rows" AS BIGINT) AS "rows",
  CAST(q."first_day" AS DATE) AS "first_day",
  CAST(q."last_day" AS DATE) AS "last_day",
  CAST(q."low_currency" AS VARCHAR) AS "low_currency",
  CAST(q."high_currency" AS VARCHAR) AS "high_currency"
FROM (
WITH "t20" AS (
  SELECT
    "t6"."company_id",
    "t6"."deal_id",
    "t6"."customer_id",
    "t6"."contact_id",
    "t6"."product_id",
    "t6"."name",
    "t6"."amount_minor",
    "t6"."currency",
    "t6"."stage",
    "t6"."status",
    "t6"."pipeline",
    "t6"."probability",
    "t6"."source_channel",
    "t6"."opened_on",
    "t6"."demo_on",
    "t6"."won_on",
    "t6"."lost_on",
    "t6"."lost_reason",
    "t6"."owner",
    "t6"."won_by_founder",
    "t16"."held_on"
  FROM "deal" AS "t6"
  LEFT OUTER JOIN (
    SELECT
      "t10"."company_id",
      "t10"."deal_id",
      MIN("t10"."day") AS "held_on"
    FROM (
      SELECT
        *
      FROM "deal_event" AS "t5"
      WHERE
        "t5"."kind" = 'demo_held' AND NOT (
          COALESCE("t5"."inferred", FALSE)
        )
    ) AS "t10"
    GROUP BY
      1,
      2
  ) AS "t16"
    ON "t6"."company_id" = "t16"."company_id" AND "t6"."deal_id" = "t16"."deal_id"
)
SELECT
  *
FROM (
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t9"."company_id",
        'recurring_line' AS "fact",
        "t9"."rows",
        "t9"."first_day",
        "t9"."last_day",
        "t9"."low_currency",
        "t9"."high_currency"
      FROM (
        SELECT
          "t0"."company_id",
          COUNT(*) AS "rows",
          MIN("t0"."starts_on") AS "first_day",
          MAX(GREATEST("t0"."starts_on", "t0"."ends_on")) AS "last_day",
          MIN("t0"."currency") AS "low_currency",
          MAX("t0"."currency") AS "high_currency"
        FROM "recurring_line" AS "t0"
        GROUP BY
          1
      ) AS "t9"
    ) AS "t13"
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        "t21"."company_id",
        'invoice' AS "fact",
        "t21"."rows",
        "t21"."first_day",
        "t21"."last_day",
        "t21"."low_currency",
        "t21"."high_currency"
      FROM (
        SELECT
          "t17"."company_id",
          COUNT(*) AS "rows",
          MIN("t17"."issued_on") AS "first_day",
          MAX(GREATEST("t17"."issued_on", "t17"."settled_on")) AS "last_day",
          MIN("t17"."currency") AS "low_currency",
          MAX("t17"."currency") AS "high_currency"
        FROM (
          SELECT
            "t3"."company_id",
            "t3"."invoice_id",
            "t3"."customer_id",
            "t3"."subscription_id",
            "t3"."number",
            COALESCE("t3"."kind", 'invoice') AS "kind",
            "t3"."issued_on",
            "t3"."due_on",
            "t3"."settled_on",
            "t3"."net_minor",
            "t3"."tax_minor",
            "t3"."gross_minor",
            "t3"."paid_minor",
            "t3"."currency",
            "t3"."status",
            "t3"."e_invoice_status",
            "t3"."pdf_ref",
            CASE
              WHEN (
                COALESCE("t3"."kind", 'invoice') = 'credit_note'
              )
              AND (
                COALESCE(COALESCE("t3"."net_minor", "t3"."gross_minor" - COALESCE("t3"."tax_minor", 0)), 0) > 0
              )
              THEN -(
                COALESCE(COALESCE("t3"."net_minor", "t3"."gross_minor" - COALESCE("t3"."tax_minor", 0)), 0)
              )
              ELSE COALESCE(COALESCE("t3"."net_minor", "t3"."gross_minor" - COALESCE("t3"."tax_minor", 0)), 0)
            END AS "net",
            CASE
              WHEN (
                COALESCE("t3"."kind", 'invoice') = 'credit_note'
              )
              AND (
                COALESCE(COALESCE("t3"."gross_minor", "t3"."net_minor" + COALESCE("t3"."tax_minor", 0)), 0) > 0
              )
              THEN -(
                COALESCE(COALESCE("t3"."gross_minor", "t3"."net_minor" + COALESCE("t3"."tax_minor", 0)), 0)
              )
              ELSE COALESCE(COALESCE("t3"."gross_minor", "t3"."net_minor" + COALESCE("t3"."tax_minor", 0)), 0)
            END AS "gross"
          FROM "invoice" AS "t3"
          WHERE
            NOT (
              COALESCE("t3"."status", 'issued') IN ('draft', 'cancelled')
            )
        ) AS "t17"
        GROUP BY
          1
      ) AS "t21"
    ) AS "t24"
  ) AS "t25"
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t19"."company_id",
        'receivable' AS "fact",
        "t19"."rows",
        "t19"."first_day",
        "t19"."last_day",
        "t19"."low_currency",
        "t19"."high_currency"
      FROM (
        SELECT
          "t18"."company_id",
          COUNT(*) AS "rows",
          MIN("t18"."issued_on") AS "first_day",
          MAX("t18"."issued_on") AS "last_day",
          MIN("t18"."currency") AS "low_currency",
          MAX("t18"."currency") AS "high_currency"
        FROM (
          SELECT
            "t3"."company_id",
            "t3"."invoice_id",
            "t3"."customer_id",
            "t3"."subscription_id",
            "t3"."number",
            COALESCE("t3"."kind", 'invoice') AS "kind",
            "t3"."issued_on",
            "t3"."due_on",
            "t3"."settled_on",
            "t3"."net_minor",
            "t3"."tax_minor",
            "t3"."gross_minor",
            "t3"."paid_minor",
            "t3"."currency",
            "t3"."status",
            "t3"."e_invoice_status",
            "t3"."pdf_ref",
            CASE
              WHEN (
                COALESCE("t3"."kind", 'invoice') = 'credit_note'
              )
              AND (
                COALESCE(COALESCE("t3"."net_minor", "t3"."gross_minor" - COALESCE("t3"."tax_minor", 0)), 0) > 0
              )
              THEN -(
                COALESCE(COALESCE("t3"."net_minor", "t3"."gross_minor" - COALESCE("t3"."tax_minor", 0)), 0)
              )
              ELSE COALESCE(COALESCE("t3"."net_minor", "t3"."gross_minor" - COALESCE("t3"."tax_minor", 0)), 0)
            END AS "net",
            CASE
              WHEN (
                COALESCE("t3"."kind", 'invoice') = 'credit_note'
              )
              AND (
                COALESCE(COALESCE("t3"."gross_minor", "t3"."net_minor" + COALESCE("t3"."tax_minor", 0)), 0) > 0
              )
              THEN -(
                COALESCE(COALESCE("t3"."gross_minor", "t3"."net_minor" + COALESCE("t3"."tax_minor", 0)), 0)
              )
              ELSE COALESCE(COALESCE("t3"."gross_minor", "t3"."net_minor" + COALESCE("t3"."tax_minor", 0)), 0)
            END AS "gross"
          FROM "invoice" AS "t3"
          WHERE
            NOT (
              COALESCE("t3"."status", 'issued') IN ('draft', 'cancelled')
            )
            AND COALESCE("t3"."kind", 'invoice') <> 'order'
        ) AS "t18"
        GROUP BY
          1
      ) AS "t19"
    ) AS "t23"
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        "t30"."company_id",
        'deal' AS "fact",
        "t30"."rows",
        "t30"."first_day",
        "t30"."last_day",
        "t30"."low_currency",
        "t30"."high_currency"
      FROM (
        SELECT
          "t26"."company_id",
          COUNT(*) AS "rows",
          MIN(LEAST("t26"."opened_on", "t26"."demo_on", "t26"."won_on", "t26"."lost_on")) AS "first_day",
          MAX(GREATEST("t26"."won_on", "t26"."lost_on", "t26"."opened_on", "t26"."demo_on")) AS "last_day",
          CAST(NULL AS TEXT) AS "low_currency",
          CAST(NULL AS TEXT) AS "high_currency"
        FROM (
          SELECT
            "t22"."company_id",
            "t22"."deal_id",
            "t22"."customer_id",
            "t22"."contact_id",
            "t22"."product_id",
            "t22"."name",
            "t22"."amount_minor",
            "t22"."currency",
            "t22"."stage",
            "t22"."status",
            "t22"."pipeline",
            "t22"."probability",
            "t22"."source_channel",
            "t22"."opened_on",
            "t22"."won_on",
            "t22"."lost_on",
            "t22"."lost_reason",
            "t22"."owner",
            "t22"."won_by_founder",
            COALESCE("t22"."held_on", "t22"."demo_on") AS "demo_on"
          FROM "t20" AS "t22"
        ) AS "t26"
        GROUP BY
          1
      ) AS "t30"
    ) AS "t33"
  ) AS "t35"
) AS "t37"
UNION ALL
SELECT
  *
FROM (
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t29"."company_id",
        'won_deal' AS "fact",
        "t29"."rows",
        "t29"."first_day",
        "t29"."last_day",
        "t29"."low_currency",
        "t29"."high_currency"
      FROM (
        SELECT
          "t27"."company_id",
          COUNT(*) AS "rows",
          MIN("t27"."won_on") AS "first_day",
          MAX("t27"."won_on") AS "last_day",
          MIN("t27"."currency") AS "low_currency",
          MAX("t27"."currency") AS "high_currency"
        FROM (
          SELECT
            "t22"."company_id",
            "t22"."deal_id",
            "t22"."customer_id",
            "t22"."contact_id",
            "t22"."product_id",
            "t22"."name",
            "t22"."amount_minor",
            "t22"."currency",
            "t22"."stage",
            "t22"."status",
            "t22"."pipeline",
            "t22"."probability",
            "t22"."source_channel",
            "t22"."opened_on",
            "t22"."won_on",
            "t22"."lost_on",
            "t22"."lost_reason",
            "t22"."owner",
            "t22"."won_by_founder",
            COALESCE("t22"."held_on", "t22"."demo_on") AS "demo_on"
          FROM "t20" AS "t22"
          WHERE
            "t22"."status" = 'won' AND "t22"."won_on" IS NOT NULL
        ) AS "t27"
        GROUP BY
          1
      ) AS "t29"
    ) AS "t32"
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        "t31"."company_id",
        'demo' AS "fact",
        "t31"."rows",
        "t31"."first_day",
        "t31"."last_day",
        "t31"."low_currency",
        "t31"."high_currency"
      FROM (
        SELECT
          "t28"."company_id",
          COUNT(*) AS "rows",
          MIN("t28"."demo_on") AS "first_day",
          MAX("t28"."demo_on") AS "last_day",
          CAST(NULL AS TEXT) AS "low_currency",
          CAST(NULL AS TEXT) AS "high_currency"
        FROM (
          SELECT
            "t22"."company_id",
            "t22"."deal_id",
            "t22"."customer_id",
            "t22"."contact_id",
            "t22"."product_id",
            "t22"."name",
            "t22"."amount_minor",
            "t22"."currency",
            "t22"."stage",
            "t22"."status",
            "t22"."pipeline",
            "t22"."probability",
            "t22"."source_channel",
            "t22"."opened_on",
            "t22"."won_on",
            "t22"."lost_on",
            "t22"."lost_reason",
            "t22"."owner",
            "t22"."won_by_founder",
            COALESCE("t22"."held_on", "t22"."demo_on") AS "demo_on"
          FROM "t20" AS "t22"
          WHERE
            COALESCE("t22"."held_on", "t22"."demo_on") IS NOT NULL
        ) AS "t28"
        GROUP BY
          1
      ) AS "t31"
    ) AS "t34"
  ) AS "t36"
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t7"."company_id",
        'payment' AS "fact",
        "t7"."rows",
        "t7"."first_day",
        "t7"."last_day",
        "t7"."low_currency",
        "t7"."high_currency"
      FROM (
        SELECT
          "t1"."company_id",
          COUNT(*) AS "rows",
          MIN("t1"."paid_on") AS "first_day",
          MAX("t1"."paid_on") AS "last_day",
          MIN("t1"."currency") AS "low_currency",
          MAX("t1"."currency") AS "high_currency"
        FROM "payment" AS "t1"
        GROUP BY
          1
      ) AS "t7"
    ) AS "t11"
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        "t8"."company_id",
        'marketing_spend' AS "fact",
        "t8"."rows",
        "t8"."first_day",
        "t8"."last_day",
        "t8"."low_currency",
        "t8"."high_currency"
      FROM (
        SELECT
          "t2"."company_id",
          COUNT(*) AS "rows",
          MIN("t2"."day") AS "first_day",
          MAX("t2"."day") AS "last_day",
          MIN("t2"."currency") AS "low_currency",
          MAX("t2"."currency") AS "high_currency"
        FROM "marketing_spend" AS "t2"
        GROUP BY
          1
      ) AS "t8"
    ) AS "t12"
  ) AS "t14"
) AS "t38"
) AS q
