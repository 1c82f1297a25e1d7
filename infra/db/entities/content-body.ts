import { defineEntity, p } from '@mikro-orm/core';
import { hash } from '../checks.ts';
import { createdAt } from '../columns.ts';

const ContentBodySchema = defineEntity({
  name: 'ContentBody',
  properties: {
    ownerId: p.uuid().primary(),
    sha256: p.blob().primary().check(hash('sha256')),
    body: p.blob(),
    mediaType: p.text(),
    sizeBytes: p.bigint('number'),
    createdAt,
  },
});

/** A prompt or another long text, kept once whoever refers to it. */
export class ContentBody extends ContentBodySchema.class {}
ContentBodySchema.setClass(ContentBody);
