WITH "t16" AS (
  SELECT
    "t15"."company_id",
    "t15"."known",
    "t15"."party",
    "t15"."deal_id",
    "t15"."customer_id",
    "t15"."demo_on",
    "t15"."name",
    "t12"."won_on",
    "t8"."since"
  FROM (
    SELECT
      "t13"."company_id",
      "t13"."known",
      "t13"."party",
      "t13"."deal_id",
      "t13"."customer_id",
      "t13"."demo_on",
      "t13"."name"
    FROM (
      SELECT
        "t9"."company_id",
        "t9"."deal_id",
        "t9"."customer_id",
        "t9"."contact_id",
        "t9"."product_id",
        "t9"."name",
        "t9"."amount_minor",
        "t9"."currency",
        "t9"."stage",
        "t9"."status",
        "t9"."pipeline",
        "t9"."probability",
        "t9"."source_channel",
        "t9"."opened_on",
        "t9"."demo_on",
        "t9"."won_on",
        "t9"."lost_on",
        "t9"."lost_reason",
        "t9"."owner",
        "t9"."won_by_founder",
        "t9"."party",
        "t9"."known",
        ROW_NUMBER() OVER (
          PARTITION BY "t9"."company_id", "t9"."known", "t9"."party"
          ORDER BY "t9"."demo_on" ASC, "t9"."deal_id" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) - 1 AS "rank"
      FROM (
        SELECT
          "t3"."company_id",
          "t3"."deal_id",
          "t3"."customer_id",
          "t3"."contact_id",
          "t3"."product_id",
          "t3"."name",
          "t3"."amount_minor",
          "t3"."currency",
          "t3"."stage",
          "t3"."status",
          "t3"."pipeline",
          "t3"."probability",
          "t3"."source_channel",
          "t3"."opened_on",
          "t3"."demo_on",
          "t3"."won_on",
          "t3"."lost_on",
          "t3"."lost_reason",
          "t3"."owner",
          "t3"."won_by_founder",
          CASE WHEN "t3"."customer_id" IS NULL THEN "t3"."deal_id" ELSE "t3"."customer_id" END AS "party",
          "t3"."customer_id" IS NOT NULL AS "known"
        FROM "deal" AS "t3"
        WHERE
          "t3"."demo_on" IS NOT NULL
      ) AS "t9"
    ) AS "t13"
    WHERE
      "t13"."rank" = 0
  ) AS "t15"
  LEFT OUTER JOIN (
    SELECT
      "t10"."company_id",
      "t10"."known",
      "t10"."party",
      MIN("t10"."won_on") AS "won_on"
    FROM (
      SELECT
        "t3"."company_id",
        "t3"."deal_id",
        "t3"."customer_id",
        "t3"."contact_id",
        "t3"."product_id",
        "t3"."name",
        "t3"."amount_minor",
        "t3"."currency",
        "t3"."stage",
        "t3"."status",
        "t3"."pipeline",
        "t3"."probability",
        "t3"."source_channel",
        "t3"."opened_on",
        "t3"."demo_on",
        "t3"."won_on",
        "t3"."lost_on",
        "t3"."lost_reason",
        "t3"."owner",
        "t3"."won_by_founder",
        CASE WHEN "t3"."customer_id" IS NULL THEN "t3"."deal_id" ELSE "t3"."customer_id" END AS "party",
        "t3"."customer_id" IS NOT NULL AS "known"
      FROM "deal" AS "t3"
      WHERE
        "t3"."status" = 'won' AND "t3"."won_on" IS NOT NULL
    ) AS "t10"
    GROUP BY
      1,
      2,
      3
  ) AS "t12"
    ON "t15"."company_id" = "t12"."company_id"
    AND "t15"."known" = "t12"."known"
    AND "t15"."party" = "t12"."party"
  LEFT OUTER JOIN (
    SELECT
      "t2"."company_id",
      "t2"."customer_id",
      "t2"."day" AS "since"
    FROM "presence" AS "t2"
    WHERE
      "t2"."kind" = 'new'
  ) AS "t8"
    ON "t15"."company_id" = "t8"."company_id"
    AND "t15"."customer_id" = "t8"."customer_id"
)
SELECT
  "t24"."company_id",
  "t24"."period",
  'deal' AS "entity",
  "t24"."deal_id" AS "id",
  "t24"."customer_id",
  COALESCE("t24"."name", "t24"."customer_name") AS "label",
  CASE
    WHEN "t24"."demo_on" >= "t24"."trials_end"
    THEN 'maturing'
    WHEN COALESCE(DATE_DIFF('DAY', "t24"."demo_on", "t24"."won_on") <= "t24"."maturity", FALSE)
    THEN 'won'
    WHEN "t24"."won_on" IS NOT NULL
    THEN 'won_late'
    ELSE 'not_won'
  END AS "detail",
  "t24"."demo_on" AS "day",
  CAST(CASE
    WHEN COALESCE(DATE_DIFF('DAY', "t24"."demo_on", "t24"."won_on") <= "t24"."maturity", FALSE)
    AND (
      "t24"."demo_on" < "t24"."trials_end"
    )
    THEN 1
    ELSE 0
  END AS DOUBLE) AS "contribution"
FROM (
  SELECT
    "t20"."company_id",
    "t20"."known",
    "t20"."party",
    "t20"."deal_id",
    "t20"."customer_id",
    "t20"."demo_on",
    "t20"."name",
    "t20"."won_on",
    "t20"."since",
    "t23"."placed_day",
    "t23"."period",
    "t23"."starts",
    "t23"."ends",
    "t23"."year_ago",
    "t23"."sales_from",
    "t23"."active_from",
    "t23"."trials_end",
    "t23"."maturity",
    "t23"."dues_end",
    "t23"."judged_on",
    "t6"."customer_name"
  FROM (
    SELECT
      *
    FROM "t16" AS "t17"
    WHERE
      (
        (
          "t17"."won_on" >= "t17"."demo_on"
        ) OR (
          "t17"."won_on" IS NULL
        )
      )
      AND (
        (
          "t17"."since" >= "t17"."demo_on"
        ) OR (
          "t17"."since" IS NULL
        )
      )
  ) AS "t20"
  INNER JOIN (
    SELECT
      "t21"."placed_day",
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
        "t17"."demo_on" AS "placed_day"
      FROM "t16" AS "t17"
      WHERE
        (
          (
            "t17"."won_on" >= "t17"."demo_on"
          ) OR (
            "t17"."won_on" IS NULL
          )
        )
        AND (
          (
            "t17"."since" >= "t17"."demo_on"
          ) OR (
            "t17"."since" IS NULL
          )
        )
    ) AS "t21"
    INNER JOIN "period" AS "t4"
      ON "t21"."placed_day" >= "t4"."starts" AND "t21"."placed_day" < "t4"."ends"
  ) AS "t23"
    ON "t20"."demo_on" = "t23"."placed_day"
  LEFT OUTER JOIN (
    SELECT
      "t0"."company_id",
      "t0"."customer_id",
      "t0"."name" AS "customer_name"
    FROM "customer" AS "t0"
  ) AS "t6"
    ON "t20"."company_id" = "t6"."company_id"
    AND "t20"."customer_id" = "t6"."customer_id"
) AS "t24"
