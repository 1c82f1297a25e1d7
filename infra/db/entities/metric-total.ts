import { defineEntity, p } from '@mikro-orm/core';

const MetricTotalSchema = defineEntity({
  name: 'MetricTotal',
  properties: {
    name: p.text().primary(),
    /** JSON, as PostgreSQL writes it. */
    labels: p.text().primary(),
    value: p.decimal('string').precision(24).scale(6),
  },
});

/** How high a counter stood up to the moment that `settled_until` names. Written by the function `metrics_read` alone. */
export class MetricTotal extends MetricTotalSchema.class {}
MetricTotalSchema.setClass(MetricTotal);
