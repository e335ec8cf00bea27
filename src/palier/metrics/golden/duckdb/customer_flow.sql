SELECT
  "t5"."company_id",
  "t5"."period",
  COALESCE(SUM(CASE WHEN "t5"."day" < "t5"."starts" THEN "t5"."active" ELSE 0 END), 0) AS "opening",
  COALESCE(SUM("t5"."active"), 0) AS "closing",
  COALESCE(SUM(CASE WHEN "t5"."day" >= "t5"."starts" THEN "t5"."came" ELSE 0 END), 0) AS "new",
  COALESCE(SUM(CASE WHEN "t5"."day" >= "t5"."starts" THEN "t5"."returned" ELSE 0 END), 0) AS "returned",
  COALESCE(SUM(CASE WHEN "t5"."day" >= "t5"."starts" THEN "t5"."lost" ELSE 0 END), 0) AS "lost"
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
    "t4"."company_id",
    "t4"."day",
    "t4"."active",
    "t4"."came",
    "t4"."returned",
    "t4"."lost"
  FROM "period" AS "t2"
  INNER JOIN (
    SELECT
      "t1"."company_id",
      "t1"."day",
      COALESCE(SUM("t1"."active"), 0) AS "active",
      COALESCE(SUM(CASE WHEN "t1"."kind" = 'new' THEN 1 ELSE 0 END), 0) AS "came",
      COALESCE(SUM(CASE WHEN "t1"."kind" = 'returned' THEN 1 ELSE 0 END), 0) AS "returned",
      COALESCE(SUM(CASE WHEN "t1"."kind" = 'lost' THEN 1 ELSE 0 END), 0) AS "lost"
    FROM "presence" AS "t1"
    GROUP BY
      1,
      2
  ) AS "t4"
    ON "t4"."day" < "t2"."ends"
) AS "t5"
GROUP BY
  1,
  2
