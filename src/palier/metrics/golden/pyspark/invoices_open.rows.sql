SELECT
  `t15`.`company_id`,
  `t15`.`period`,
  'invoice' AS `entity`,
  `t15`.`invoice_id` AS `id`,
  `t15`.`customer_id`,
  `t15`.`number` AS `label`,
  `t15`.`customer_name` AS `detail`,
  `t15`.`issued_on` AS `day`,
  CAST(`t15`.`gross_minor` AS DOUBLE) AS `contribution`
FROM (
  SELECT
    `t14`.`company_id`,
    `t14`.`invoice_id`,
    `t14`.`customer_id`,
    `t14`.`issued_on`,
    `t14`.`due_on`,
    `t14`.`gross_minor`,
    `t14`.`settled_on`,
    `t14`.`basis`,
    `t14`.`cleared_on`,
    `t14`.`period`,
    `t14`.`starts`,
    `t14`.`ends`,
    `t14`.`year_ago`,
    `t14`.`sales_from`,
    `t14`.`active_from`,
    `t14`.`trials_end`,
    `t14`.`maturity`,
    `t14`.`dues_end`,
    `t14`.`judged_on`,
    `t14`.`number`,
    `t14`.`customer_name`
  FROM (
    SELECT
      `t13`.`company_id`,
      `t13`.`invoice_id`,
      `t13`.`customer_id`,
      `t13`.`issued_on`,
      `t13`.`due_on`,
      `t13`.`gross_minor`,
      `t13`.`settled_on`,
      `t13`.`basis`,
      `t13`.`cleared_on`,
      `t13`.`period`,
      `t13`.`starts`,
      `t13`.`ends`,
      `t13`.`year_ago`,
      `t13`.`sales_from`,
      `t13`.`active_from`,
      `t13`.`trials_end`,
      `t13`.`maturity`,
      `t13`.`dues_end`,
      `t13`.`judged_on`,
      `t13`.`number`,
      `t7`.`company_id` AS `company_id_right`,
      `t7`.`customer_id` AS `customer_id_right`,
      `t7`.`customer_name`
    FROM (
      SELECT
        `t11`.`company_id`,
        `t11`.`invoice_id`,
        `t11`.`customer_id`,
        `t11`.`issued_on`,
        `t11`.`due_on`,
        `t11`.`gross_minor`,
        `t11`.`settled_on`,
        `t11`.`basis`,
        `t11`.`cleared_on`,
        `t11`.`period`,
        `t11`.`starts`,
        `t11`.`ends`,
        `t11`.`year_ago`,
        `t11`.`sales_from`,
        `t11`.`active_from`,
        `t11`.`trials_end`,
        `t11`.`maturity`,
        `t11`.`dues_end`,
        `t11`.`judged_on`,
        `t11`.`number`
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
          `t8`.`company_id` AS `company_id_right`,
          `t8`.`invoice_id` AS `invoice_id_right`,
          `t8`.`number`
        FROM (
          SELECT
            `t1`.`company_id`,
            `t1`.`invoice_id`,
            `t1`.`customer_id`,
            `t1`.`issued_on`,
            `t1`.`due_on`,
            `t1`.`gross_minor`,
            `t1`.`settled_on`,
            `t1`.`basis`,
            IF(
              `t1`.`settled_on` IS NULL,
              CAST(NULL AS DATE),
              IF(`t1`.`settled_on` > `t1`.`issued_on`, `t1`.`settled_on`, `t1`.`issued_on`)
            ) AS `cleared_on`
          FROM `settlement` AS `t1`
          WHERE
            `t1`.`basis` <> 'unknown'
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
            `t3`.`company_id`,
            `t3`.`invoice_id`,
            `t3`.`number`
          FROM `invoice` AS `t3`
        ) AS `t8`
          ON `t10`.`company_id` = `t8`.`company_id` AND `t10`.`invoice_id` = `t8`.`invoice_id`
      ) AS `t11`
    ) AS `t13`
    LEFT OUTER JOIN (
      SELECT
        `t0`.`company_id`,
        `t0`.`customer_id`,
        `t0`.`name` AS `customer_name`
      FROM `customer` AS `t0`
    ) AS `t7`
      ON `t13`.`company_id` = `t7`.`company_id`
      AND `t13`.`customer_id` = `t7`.`customer_id`
  ) AS `t14`
) AS `t15`
