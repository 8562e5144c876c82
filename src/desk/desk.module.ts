import { Global, Module } from '@nestjs/common';
import { DeskStore } from './desk.store.js';

/**
 * Owns: desk.
 * Announces: nothing.
 * Follows: nothing.
 */
@Global()
@Module({ providers: [DeskStore], exports: [DeskStore] })
export class DeskModule {}
