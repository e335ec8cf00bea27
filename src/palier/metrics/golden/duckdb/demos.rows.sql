SELECT
  "t28"."company_id",
  "t28"."period",
  'deal' AS "entity",
  "t28"."deal_id" AS "id",
  "t28"."customer_id",
  COALESCE("t28"."name", "t28"."customer_name") AS "label",
  CASE
    WHEN "t28"."demo_on" >= "t28"."trials_end"
    THEN 'maturing'
    WHEN COALESCE(DATE_DIFF('DAY', "t28"."demo_on", "t28"."won_on") <= "t28"."maturity", FALSE)
    THEN 'won'
    WHEN "t28"."won_on" IS NOT NULL
    THEN 'won_late'
    ELSE 'not_won'
  END AS "detail",
  "t28"."demo_on" AS "day",
  CAST(CASE
    WHEN COALESCE(DATE_DIFF('DAY', "t28"."demo_on", "t28"."won_on") <= "t28"."maturity", FALSE)
    AND (
      "t28"."demo_on" < "t28"."trials_end"
    )
    THEN 1
    ELSE 0
  END AS DOUBLE) AS "contribution"
FROM (
  SELECT
    "t27".*
    EXCLUDE ("company_id_right", "customer_id_right")
  FROM (
    SELECT
      "t23"."company_id",
      "t23"."known",
      "t23"."party",
      "t23"."deal_id",
      "t23"."customer_id",
      "t23"."demo_on",
      "t23"."name",
      "t23"."won_on",
      "t23"."since",
      "t26"."placed_day",
      "t26"."period",
      "t26"."starts",
      "t26"."ends",
      "t26"."year_ago",
      "t26"."sales_from",
      "t26"."active_from",
      "t26"."trials_end",
      "t26"."maturity",
      "t26"."dues_end",
      "t26"."judged_on",
      "t6"."company_id" AS "company_id_right",
      "t6"."customer_id" AS "customer_id_right",
      "t6"."customer_name"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t19".*
          EXCLUDE ("company_id_right", "customer_id_right")
        FROM (
          SELECT
            "t18"."company_id",
            "t18"."known",
            "t18"."party",
            "t18"."deal_id",
            "t18"."customer_id",
            "t18"."demo_on",
            "t18"."name",
            "t18"."won_on",
            "t8"."company_id" AS "company_id_right",
            "t8"."customer_id" AS "customer_id_right",
            "t8"."since"
          FROM (
            SELECT
              "t16".*
              EXCLUDE ("company_id_right", "known_right", "party_right")
            FROM (
              SELECT
                "t15"."company_id",
                "t15"."known",
                "t15"."party",
                "t15"."deal_id",
                "t15"."customer_id",
                "t15"."demo_on",
                "t15"."name",
                "t12"."company_id" AS "company_id_right",
                "t12"."known" AS "known_right",
                "t12"."party" AS "party_right",
                "t12"."won_on"
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
            ) AS "t16"
          ) AS "t18"
          LEFT OUTER JOIN (
            SELECT
              "t2"."company_id",
              "t2"."customer_id",
              "t2"."day" AS "since"
            FROM "presence" AS "t2"
            WHERE
              "t2"."kind" = 'new'
          ) AS "t8"
            ON "t18"."company_id" = "t8"."company_id"
            AND "t18"."customer_id" = "t8"."customer_id"
        ) AS "t19"
      ) AS "t20"
      WHERE
        (
          (
            "t20"."won_on" >= "t20"."demo_on"
          ) OR (
            "t20"."won_on" IS NULL
          )
        )
        AND (
          (
            "t20"."since" >= "t20"."demo_on"
          ) OR (
            "t20"."since" IS NULL
          )
        )
    ) AS "t23"
    INNER JOIN (
      SELECT
        "t24"."placed_day",
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
          "t20"."demo_on" AS "placed_day"
        FROM (
          SELECT
            "t19".*
            EXCLUDE ("company_id_right", "customer_id_right")
          FROM (
            SELECT
              "t18"."company_id",
              "t18"."known",
              "t18"."party",
              "t18"."deal_id",
              "t18"."customer_id",
              "t18"."demo_on",
              "t18"."name",
              "t18"."won_on",
              "t8"."company_id" AS "company_id_right",
              "t8"."customer_id" AS "customer_id_right",
              "t8"."since"
            FROM (
              SELECT
                "t16".*
                EXCLUDE ("company_id_right", "known_right", "party_right")
              FROM (
                SELECT
                  "t15"."company_id",
                  "t15"."known",
                  "t15"."party",
                  "t15"."deal_id",
                  "t15"."customer_id",
                  "t15"."demo_on",
                  "t15"."name",
                  "t12"."company_id" AS "company_id_right",
                  "t12"."known" AS "known_right",
                  "t12"."party" AS "party_right",
                  "t12"."won_on"
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
              ) AS "t16"
            ) AS "t18"
            LEFT OUTER JOIN (
              SELECT
                "t2"."company_id",
                "t2"."customer_id",
                "t2"."day" AS "since"
              FROM "presence" AS "t2"
              WHERE
                "t2"."kind" = 'new'
            ) AS "t8"
              ON "t18"."company_id" = "t8"."company_id"
              AND "t18"."customer_id" = "t8"."customer_id"
          ) AS "t19"
        ) AS "t20"
        WHERE
          (
            (
              "t20"."won_on" >= "t20"."demo_on"
            ) OR (
              "t20"."won_on" IS NULL
            )
          )
          AND (
            (
              "t20"."since" >= "t20"."demo_on"
            ) OR (
              "t20"."since" IS NULL
            )
          )
      ) AS "t24"
      INNER JOIN "period" AS "t4"
        ON "t24"."placed_day" >= "t4"."starts" AND "t24"."placed_day" < "t4"."ends"
    ) AS "t26"
      ON "t23"."demo_on" = "t26"."placed_day"
    LEFT OUTER JOIN (
      SELECT
        "t0"."company_id",
        "t0"."customer_id",
        "t0"."name" AS "customer_name"
      FROM "customer" AS "t0"
    ) AS "t6"
      ON "t23"."company_id" = "t6"."company_id"
      AND "t23"."customer_id" = "t6"."customer_id"
  ) AS "t27"
) AS "t28"
