SELECT
  "t15"."company_id",
  "t15"."period",
  'deal' AS "entity",
  "t15"."deal_id" AS "id",
  "t15"."customer_id",
  COALESCE("t15"."name", "t15"."customer_name") AS "label",
  CAST(NULL AS TEXT) AS "detail",
  "t15"."won_on" AS "day",
  CAST("t15"."days" AS DOUBLE) AS "contribution"
FROM (
  SELECT
    "t14"."company_id",
    "t14"."deal_id",
    "t14"."customer_id",
    "t14"."contact_id",
    "t14"."product_id",
    "t14"."name",
    "t14"."amount_minor",
    "t14"."currency",
    "t14"."stage",
    "t14"."status",
    "t14"."pipeline",
    "t14"."probability",
    "t14"."source_channel",
    "t14"."opened_on",
    "t14"."demo_on",
    "t14"."won_on",
    "t14"."lost_on",
    "t14"."lost_reason",
    "t14"."owner",
    "t14"."won_by_founder",
    "t14"."days",
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
    "t14"."judged_on",
    "t5"."customer_name"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t8"."company_id",
        "t8"."deal_id",
        "t8"."customer_id",
        "t8"."contact_id",
        "t8"."product_id",
        "t8"."name",
        "t8"."amount_minor",
        "t8"."currency",
        "t8"."stage",
        "t8"."status",
        "t8"."pipeline",
        "t8"."probability",
        "t8"."source_channel",
        "t8"."opened_on",
        "t8"."demo_on",
        "t8"."won_on",
        "t8"."lost_on",
        "t8"."lost_reason",
        "t8"."owner",
        "t8"."won_by_founder",
        "t8"."days",
        "t11"."placed_day",
        "t11"."period",
        "t11"."starts",
        "t11"."ends",
        "t11"."year_ago",
        "t11"."sales_from",
        "t11"."active_from",
        "t11"."trials_end",
        "t11"."maturity",
        "t11"."dues_end",
        "t11"."judged_on"
      FROM (
        SELECT
          "t1"."company_id",
          "t1"."deal_id",
          "t1"."customer_id",
          "t1"."contact_id",
          "t1"."product_id",
          "t1"."name",
          "t1"."amount_minor",
          "t1"."currency",
          "t1"."stage",
          "t1"."status",
          "t1"."pipeline",
          "t1"."probability",
          "t1"."source_channel",
          "t1"."opened_on",
          "t1"."demo_on",
          "t1"."won_on",
          "t1"."lost_on",
          "t1"."lost_reason",
          "t1"."owner",
          "t1"."won_by_founder",
          DATE_DIFF('DAY', "t1"."opened_on", "t1"."won_on") AS "days"
        FROM "deal" AS "t1"
        WHERE
          "t1"."status" = 'won'
          AND "t1"."won_on" IS NOT NULL
          AND "t1"."opened_on" IS NOT NULL
      ) AS "t8"
      INNER JOIN (
        SELECT
          "t9"."placed_day",
          "t3"."period",
          "t3"."starts",
          "t3"."ends",
          "t3"."year_ago",
          "t3"."sales_from",
          "t3"."active_from",
          "t3"."trials_end",
          "t3"."maturity",
          "t3"."dues_end",
          "t3"."judged_on"
        FROM (
          SELECT DISTINCT
            "t1"."won_on" AS "placed_day"
          FROM "deal" AS "t1"
          WHERE
            "t1"."status" = 'won'
            AND "t1"."won_on" IS NOT NULL
            AND "t1"."opened_on" IS NOT NULL
        ) AS "t9"
        INNER JOIN "period" AS "t3"
          ON "t9"."placed_day" >= "t3"."starts" AND "t9"."placed_day" < "t3"."ends"
      ) AS "t11"
        ON "t8"."won_on" = "t11"."placed_day"
    ) AS "t12"
    WHERE
      "t12"."days" >= 0
  ) AS "t14"
  LEFT OUTER JOIN (
    SELECT
      "t0"."company_id",
      "t0"."customer_id",
      "t0"."name" AS "customer_name"
    FROM "customer" AS "t0"
  ) AS "t5"
    ON "t14"."company_id" = "t5"."company_id"
    AND "t14"."customer_id" = "t5"."customer_id"
) AS "t15"
