SELECT
  CAST(q.`company_id` AS BIGINT) AS `company_id`,
  CAST(q.`basis` AS STRING) AS `basis`
FROM (
SELECT
  `t2`.`company_id`,
  CASE `t2`.`best` WHEN 1 THEN 'recurring' WHEN 2 THEN 'order' ELSE 'deal' END AS `basis`
FROM (
  SELECT
    `t1`.`company_id`,
    MIN(`t1`.`rank`) AS `best`
  FROM (
    SELECT
      `t0`.`company_id`,
      `t0`.`fact`,
      `t0`.`rows`,
      `t0`.`first_day`,
      `t0`.`last_day`,
      `t0`.`low_currency`,
      `t0`.`high_currency`,
      CASE `t0`.`fact`
        WHEN 'recurring_line'
        THEN 1
        WHEN 'invoice'
        THEN 2
        WHEN 'won_deal'
        THEN 3
        ELSE NULL
      END AS `rank`
    FROM `inventory` AS `t0`
    WHERE
      `t0`.`fact` IN ('recurring_line', 'invoice', 'won_deal')
  ) AS `t1`
  GROUP BY
    1
) AS `t2`
) AS q
