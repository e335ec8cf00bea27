SELECT
  "t25"."company_id",
  "t25"."period",
  COUNT(*) AS "demos",
  COALESCE(SUM(CASE WHEN "t25"."mature" THEN 1 ELSE 0 END), 0) AS "trials",
  COALESCE(
    SUM(
      CASE
        WHEN "t25"."mature" AND COALESCE("t25"."won_days" <= "t25"."maturity", FALSE)
        THEN 1
        ELSE 0
      END
    ),
    0
  ) AS "successes",
  COALESCE(
    SUM(
      CASE
        WHEN "t25"."mature"
        AND (
          "t25"."won_days" IS NOT NULL
        )
        AND NOT (
          COALESCE("t25"."won_days" <= "t25"."maturity", FALSE)
        )
        THEN 1
        ELSE 0
      END
    ),
    0
  ) AS "late"
FROM (
  SELECT
    "t24"."company_id",
    "t24"."known",
    "t24"."party",
    "t24"."deal_id",
    "t24"."customer_id",
    "t24"."demo_on",
    "t24"."name",
    "t24"."won_on",
    "t24"."since",
    "t24"."placed_day",
    "t24"."period",
    "t24"."starts",
    "t24"."ends",
    "t24"."year_ago",
    "t24"."sales_from",
    "t24"."active_from",
    "t24"."trials_end",
    "t24"."maturity",
    "t24"."dues_end",
    "t24"."judged_on",
    "t24"."demo_on" < "t24"."trials_end" AS "mature",
    DATE_DIFF('DAY', "t24"."demo_on", "t24"."won_on") AS "won_days"
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
      "t23"."judged_on"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t16".*
          EXCLUDE ("company_id_right", "customer_id_right")
        FROM (
          SELECT
            "t15"."company_id",
            "t15"."known",
            "t15"."party",
            "t15"."deal_id",
            "t15"."customer_id",
            "t15"."demo_on",
            "t15"."name",
            "t15"."won_on",
            "t5"."company_id" AS "company_id_right",
            "t5"."customer_id" AS "customer_id_right",
            "t5"."since"
          FROM (
            SELECT
              "t13".*
              EXCLUDE ("company_id_right", "known_right", "party_right")
            FROM (
              SELECT
                "t12"."company_id",
                "t12"."known",
                "t12"."party",
                "t12"."deal_id",
                "t12"."customer_id",
                "t12"."demo_on",
                "t12"."name",
                "t9"."company_id" AS "company_id_right",
                "t9"."known" AS "known_right",
                "t9"."party" AS "party_right",
                "t9"."won_on"
              FROM (
                SELECT
                  "t10"."company_id",
                  "t10"."known",
                  "t10"."party",
                  "t10"."deal_id",
                  "t10"."customer_id",
                  "t10"."demo_on",
                  "t10"."name"
                FROM (
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
                    "t6"."party",
                    "t6"."known",
                    ROW_NUMBER() OVER (
                      PARTITION BY "t6"."company_id", "t6"."known", "t6"."party"
                      ORDER BY "t6"."demo_on" ASC, "t6"."deal_id" ASC
                      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                    ) - 1 AS "rank"
                  FROM (
                    SELECT
                      "t2"."company_id",
                      "t2"."deal_id",
                      "t2"."customer_id",
                      "t2"."contact_id",
                      "t2"."product_id",
                      "t2"."name",
                      "t2"."amount_minor",
                      "t2"."currency",
                      "t2"."stage",
                      "t2"."status",
                      "t2"."pipeline",
                      "t2"."probability",
                      "t2"."source_channel",
                      "t2"."opened_on",
                      "t2"."demo_on",
                      "t2"."won_on",
                      "t2"."lost_on",
                      "t2"."lost_reason",
                      "t2"."owner",
                      "t2"."won_by_founder",
                      CASE WHEN "t2"."customer_id" IS NULL THEN "t2"."deal_id" ELSE "t2"."customer_id" END AS "party",
                      "t2"."customer_id" IS NOT NULL AS "known"
                    FROM "deal" AS "t2"
                    WHERE
                      "t2"."demo_on" IS NOT NULL
                  ) AS "t6"
                ) AS "t10"
                WHERE
                  "t10"."rank" = 0
              ) AS "t12"
              LEFT OUTER JOIN (
                SELECT
                  "t7"."company_id",
                  "t7"."known",
                  "t7"."party",
                  MIN("t7"."won_on") AS "won_on"
                FROM (
                  SELECT
                    "t2"."company_id",
                    "t2"."deal_id",
                    "t2"."customer_id",
                    "t2"."contact_id",
                    "t2"."product_id",
                    "t2"."name",
                    "t2"."amount_minor",
                    "t2"."currency",
                    "t2"."stage",
                    "t2"."status",
                    "t2"."pipeline",
                    "t2"."probability",
                    "t2"."source_channel",
                    "t2"."opened_on",
                    "t2"."demo_on",
                    "t2"."won_on",
                    "t2"."lost_on",
                    "t2"."lost_reason",
                    "t2"."owner",
                    "t2"."won_by_founder",
                    CASE WHEN "t2"."customer_id" IS NULL THEN "t2"."deal_id" ELSE "t2"."customer_id" END AS "party",
                    "t2"."customer_id" IS NOT NULL AS "known"
                  FROM "deal" AS "t2"
                  WHERE
                    "t2"."status" = 'won' AND "t2"."won_on" IS NOT NULL
                ) AS "t7"
                GROUP BY
                  1,
                  2,
                  3
              ) AS "t9"
                ON "t12"."company_id" = "t9"."company_id"
                AND "t12"."known" = "t9"."known"
                AND "t12"."party" = "t9"."party"
            ) AS "t13"
          ) AS "t15"
          LEFT OUTER JOIN (
            SELECT
              "t1"."company_id",
              "t1"."customer_id",
              "t1"."day" AS "since"
            FROM "presence" AS "t1"
            WHERE
              "t1"."kind" = 'new'
          ) AS "t5"
            ON "t15"."company_id" = "t5"."company_id"
            AND "t15"."customer_id" = "t5"."customer_id"
        ) AS "t16"
      ) AS "t17"
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
          "t17"."demo_on" AS "placed_day"
        FROM (
          SELECT
            "t16".*
            EXCLUDE ("company_id_right", "customer_id_right")
          FROM (
            SELECT
              "t15"."company_id",
              "t15"."known",
              "t15"."party",
              "t15"."deal_id",
              "t15"."customer_id",
              "t15"."demo_on",
              "t15"."name",
              "t15"."won_on",
              "t5"."company_id" AS "company_id_right",
              "t5"."customer_id" AS "customer_id_right",
              "t5"."since"
            FROM (
              SELECT
                "t13".*
                EXCLUDE ("company_id_right", "known_right", "party_right")
              FROM (
                SELECT
                  "t12"."company_id",
                  "t12"."known",
                  "t12"."party",
                  "t12"."deal_id",
                  "t12"."customer_id",
                  "t12"."demo_on",
                  "t12"."name",
                  "t9"."company_id" AS "company_id_right",
                  "t9"."known" AS "known_right",
                  "t9"."party" AS "party_right",
                  "t9"."won_on"
                FROM (
                  SELECT
                    "t10"."company_id",
                    "t10"."known",
                    "t10"."party",
                    "t10"."deal_id",
                    "t10"."customer_id",
                    "t10"."demo_on",
                    "t10"."name"
                  FROM (
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
                      "t6"."party",
                      "t6"."known",
                      ROW_NUMBER() OVER (
                        PARTITION BY "t6"."company_id", "t6"."known", "t6"."party"
                        ORDER BY "t6"."demo_on" ASC, "t6"."deal_id" ASC
                        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                      ) - 1 AS "rank"
                    FROM (
                      SELECT
                        "t2"."company_id",
                        "t2"."deal_id",
                        "t2"."customer_id",
                        "t2"."contact_id",
                        "t2"."product_id",
                        "t2"."name",
                        "t2"."amount_minor",
                        "t2"."currency",
                        "t2"."stage",
                        "t2"."status",
                        "t2"."pipeline",
                        "t2"."probability",
                        "t2"."source_channel",
                        "t2"."opened_on",
                        "t2"."demo_on",
                        "t2"."won_on",
                        "t2"."lost_on",
                        "t2"."lost_reason",
                        "t2"."owner",
                        "t2"."won_by_founder",
                        CASE WHEN "t2"."customer_id" IS NULL THEN "t2"."deal_id" ELSE "t2"."customer_id" END AS "party",
                        "t2"."customer_id" IS NOT NULL AS "known"
                      FROM "deal" AS "t2"
                      WHERE
                        "t2"."demo_on" IS NOT NULL
                    ) AS "t6"
                  ) AS "t10"
                  WHERE
                    "t10"."rank" = 0
                ) AS "t12"
                LEFT OUTER JOIN (
                  SELECT
                    "t7"."company_id",
                    "t7"."known",
                    "t7"."party",
                    MIN("t7"."won_on") AS "won_on"
                  FROM (
                    SELECT
                      "t2"."company_id",
                      "t2"."deal_id",
                      "t2"."customer_id",
                      "t2"."contact_id",
                      "t2"."product_id",
                      "t2"."name",
                      "t2"."amount_minor",
                      "t2"."currency",
                      "t2"."stage",
                      "t2"."status",
                      "t2"."pipeline",
                      "t2"."probability",
                      "t2"."source_channel",
                      "t2"."opened_on",
                      "t2"."demo_on",
                      "t2"."won_on",
                      "t2"."lost_on",
                      "t2"."lost_reason",
                      "t2"."owner",
                      "t2"."won_by_founder",
                      CASE WHEN "t2"."customer_id" IS NULL THEN "t2"."deal_id" ELSE "t2"."customer_id" END AS "party",
                      "t2"."customer_id" IS NOT NULL AS "known"
                    FROM "deal" AS "t2"
                    WHERE
                      "t2"."status" = 'won' AND "t2"."won_on" IS NOT NULL
                  ) AS "t7"
                  GROUP BY
                    1,
                    2,
                    3
                ) AS "t9"
                  ON "t12"."company_id" = "t9"."company_id"
                  AND "t12"."known" = "t9"."known"
                  AND "t12"."party" = "t9"."party"
              ) AS "t13"
            ) AS "t15"
            LEFT OUTER JOIN (
              SELECT
                "t1"."company_id",
                "t1"."customer_id",
                "t1"."day" AS "since"
              FROM "presence" AS "t1"
              WHERE
                "t1"."kind" = 'new'
            ) AS "t5"
              ON "t15"."company_id" = "t5"."company_id"
              AND "t15"."customer_id" = "t5"."customer_id"
          ) AS "t16"
        ) AS "t17"
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
      INNER JOIN "period" AS "t3"
        ON "t21"."placed_day" >= "t3"."starts" AND "t21"."placed_day" < "t3"."ends"
    ) AS "t23"
      ON "t20"."demo_on" = "t23"."placed_day"
  ) AS "t24"
) AS "t25"
GROUP BY
  1,
  2
