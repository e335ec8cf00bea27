SELECT
  "t18"."company_id",
  "t18"."period",
  'invoice' AS "entity",
  "t18"."invoice_id" AS "id",
  "t18"."customer_id",
  "t18"."number" AS "label",
  "t18"."customer_name" AS "detail",
  "t18"."due_on" AS "day",
  CAST("t18"."is_late" AS DOUBLE) AS "contribution"
FROM (
  SELECT
    "t17"."company_id",
    "t17"."invoice_id",
    "t17"."customer_id",
    "t17"."issued_on",
    "t17"."due_on",
    "t17"."gross_minor",
    "t17"."settled_on",
    "t17"."basis",
    "t17"."placed_day",
    "t17"."period",
    "t17"."starts",
    "t17"."ends",
    "t17"."year_ago",
    "t17"."sales_from",
    "t17"."active_from",
    "t17"."trials_end",
    "t17"."maturity",
    "t17"."dues_end",
    "t17"."judged_on",
    "t17"."late",
    "t17"."unknown",
    "t17"."is_late",
    "t7"."number",
    "t8"."customer_name"
  FROM (
    SELECT
      "t15"."company_id",
      "t15"."invoice_id",
      "t15"."customer_id",
      "t15"."issued_on",
      "t15"."due_on",
      "t15"."gross_minor",
      "t15"."settled_on",
      "t15"."basis",
      "t15"."placed_day",
      "t15"."period",
      "t15"."starts",
      "t15"."ends",
      "t15"."year_ago",
      "t15"."sales_from",
      "t15"."active_from",
      "t15"."trials_end",
      "t15"."maturity",
      "t15"."dues_end",
      "t15"."judged_on",
      COALESCE("t15"."settled_on" > "t15"."due_on", "t15"."basis" = 'open') AS "late",
      "t15"."basis" = 'unknown' AS "unknown",
      CAST(COALESCE("t15"."settled_on" > "t15"."due_on", "t15"."basis" = 'open') AS BIGINT) AS "is_late"
    FROM (
      SELECT
        "t11"."company_id",
        "t11"."invoice_id",
        "t11"."customer_id",
        "t11"."issued_on",
        "t11"."due_on",
        "t11"."gross_minor",
        "t11"."settled_on",
        "t11"."basis",
        "t14"."placed_day",
        "t14"."period",
        "t14"."starts",
        "t14"."ends",
        "t14"."year_ago",
        "t14"."sales_from",
        "t14"."active_from",
        "t14"."trials_end",
        "t14"."maturity",
        "t14"."dues_end",
        "t14"."judged_on"
      FROM (
        SELECT
          *
        FROM "settlement" AS "t2"
        WHERE
          "t2"."gross_minor" > 0 AND "t2"."due_on" IS NOT NULL
      ) AS "t11"
      INNER JOIN (
        SELECT
          "t12"."placed_day",
          "t4"."period",
          "t4"."starts",
          "t4"."ends",
          "t4"."year_ago",
          "t4"."sales_from",
          "t4"."active_from",
          "t4"."trials_end",
          "t4"."maturity",
          "t4"."dues_end",
          "t4"."judged_on"
        FROM (
          SELECT DISTINCT
            "t2"."due_on" AS "placed_day"
          FROM "settlement" AS "t2"
          WHERE
            "t2"."gross_minor" > 0 AND "t2"."due_on" IS NOT NULL
        ) AS "t12"
        INNER JOIN "period" AS "t4"
          ON "t12"."placed_day" >= "t4"."starts" AND "t12"."placed_day" < "t4"."dues_end"
      ) AS "t14"
        ON "t11"."due_on" = "t14"."placed_day"
    ) AS "t15"
    WHERE
      NOT (
        "t15"."basis" = 'unknown'
      )
  ) AS "t17"
  LEFT OUTER JOIN (
    SELECT
      "t0"."company_id",
      "t0"."invoice_id",
      "t0"."number"
    FROM "invoice" AS "t0"
  ) AS "t7"
    ON "t17"."company_id" = "t7"."company_id" AND "t17"."invoice_id" = "t7"."invoice_id"
  LEFT OUTER JOIN (
    SELECT
      "t1"."company_id",
      "t1"."customer_id",
      "t1"."name" AS "customer_name"
    FROM "customer" AS "t1"
  ) AS "t8"
    ON "t17"."company_id" = "t8"."company_id"
    AND "t17"."customer_id" = "t8"."customer_id"
) AS "t18"
