SELECT
  `t11`.`company_id`,
  `t11`.`period`,
  'invoice' AS `entity`,
  `t11`.`invoice_id` AS `id`,
  `t11`.`customer_id`,
  `t11`.`number` AS `label`,
  `t11`.`customer_name` AS `detail`,
  `t11`.`issued_on` AS `day`,
  CAST(`t11`.`gross_minor` AS DOUBLE) AS `contribution`
FROM (
  SELECT
    `t10`.`company_id`,
    `t10`.`invoice_id`,
    `t10`.`customer_id`,
    `t10`.`issued_on`,
    `t10`.`due_on`,
    `t10`.`gross_minor`,
    `t10`.`settled_on`,
    `t10`.`basis`,
    `t10`.`cleared_on`,
    `t4`.`period`,
    `t4`.`starts`,
    `t4`.`ends`,
    `t4`.`year_ago`,
    `t4`.`sales_from`,
    `t4`.`active_from`,
    `t4`.`trials_end`,
    `t4`.`maturity`,
    `t4`.`dues_end`,
    `t4`.`judged_on`,
    `t7`.`number`,
    `t8`.`customer_name`
  FROM (
    SELECT
      `t0`.`company_id`,
      `t0`.`invoice_id`,
      `t0`.`customer_id`,
      `t0`.`issued_on`,
      `t0`.`due_on`,
      `t0`.`gross_minor`,
      `t0`.`settled_on`,
      `t0`.`basis`,
      IF(
        `t0`.`settled_on` IS NULL,
        CAST(NULL AS DATE),
        IF(`t0`.`settled_on` > `t0`.`issued_on`, `t0`.`settled_on`, `t0`.`issued_on`)
      ) AS `cleared_on`
    FROM `settlement` AS `t0`
    WHERE
      `t0`.`basis` <> 'unknown'
  ) AS `t10`
  INNER JOIN `period` AS `t4`
    ON `t10`.`issued_on` < `t4`.`ends`
    AND (
      (
        `t10`.`cleared_on` IS NULL
      ) OR (
        `t10`.`cleared_on` >= `t4`.`ends`
      )
    )
  LEFT OUTER JOIN (
    SELECT
      `t2`.`company_id`,
      `t2`.`invoice_id`,
      `t2`.`number`
    FROM `invoice` AS `t2`
  ) AS `t7`
    ON `t10`.`company_id` = `t7`.`company_id` AND `t10`.`invoice_id` = `t7`.`invoice_id`
  LEFT OUTER JOIN (
    SELECT
      `t3`.`company_id`,
      `t3`.`customer_id`,
      `t3`.`name` AS `customer_name`
    FROM `customer` AS `t3`
  ) AS `t8`
    ON `t10`.`company_id` = `t8`.`company_id`
    AND `t10`.`customer_id` = `t8`.`customer_id`
) AS `t11`
