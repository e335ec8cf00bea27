SELECT
  "t6"."company_id",
  "t6"."period",
  COALESCE(SUM(CASE WHEN "t6"."day" >= "t6"."starts" THEN "t6"."due" ELSE 0 END), 0) AS "due",
  COALESCE(SUM(CASE WHEN "t6"."day" >= "t6"."starts" THEN "t6"."late" ELSE 0 END), 0) AS "late",
  COALESCE(SUM(CASE WHEN "t6"."day" >= "t6"."starts" THEN "t6"."unknown" ELSE 0 END), 0) AS "unknown",
  COALESCE(SUM(CASE WHEN "t6"."day" >= "t6"."starts" THEN "t6"."late_minor" ELSE 0 END), 0) AS "late_minor",
  COALESCE(SUM(CASE WHEN "t6"."day" >= "t6"."starts" THEN "t6"."due_minor" ELSE 0 END), 0) AS "due_minor"
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
    "t5"."due",
    "t5"."late",
    "t5"."unknown",
    "t5"."late_minor",
    "t5"."due_minor"
  FROM "period" AS "t2"
  INNER JOIN (
    SELECT
      "t3"."company_id",
      "t3"."due_on" AS "day",
      COALESCE(SUM(CASE WHEN NOT (
        "t3"."unknown"
      ) THEN 1 ELSE 0 END), 0) AS "due",
      COALESCE(SUM(CASE WHEN "t3"."late" AND NOT (
        "t3"."unknown"
      ) THEN 1 ELSE 0 END), 0) AS "late",
      COALESCE(SUM(CASE WHEN "t3"."unknown" THEN 1 ELSE 0 END), 0) AS "unknown",
      COALESCE(
        SUM(
          CASE
            WHEN "t3"."late" AND NOT (
              "t3"."unknown"
            )
            THEN "t3"."gross_minor"
            ELSE 0
          END
        ),
        0
      ) AS "late_minor",
      COALESCE(SUM(CASE WHEN NOT (
        "t3"."unknown"
      ) THEN "t3"."gross_minor" ELSE 0 END), 0) AS "due_minor"
    FROM (
      SELECT
        "t1"."company_id",
        "t1"."invoice_id",
        "t1"."customer_id",
        "t1"."issued_on",
        "t1"."due_on",
        "t1"."gross_minor",
        "t1"."settled_on",
        "t1"."basis",
        COALESCE("t1"."settled_on" > "t1"."due_on", "t1"."basis" = 'open') AS "late",
        "t1"."basis" = 'unknown' AS "unknown"
      FROM "settlement" AS "t1"
      WHERE
        "t1"."gross_minor" > 0 AND "t1"."due_on" IS NOT NULL
    ) AS "t3"
    GROUP BY
      1,
      2
  ) AS "t5"
    ON "t5"."day" < "t2"."dues_end"
) AS "t6"
GROUP BY
  1,
  2
