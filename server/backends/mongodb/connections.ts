import type { MongoClient } from 'mongodb';
import type { ConnectionCounts } from '../connection-counts.ts';

/** Counts what the driver's pools tell (the specification "Connection Monitoring and Pooling"). */
export function countConnections(client: MongoClient): () => ConnectionCounts {
  const open = new Set<string>();
  let inUse = 0;
  let asked = 0;
  let created = 0;
  let failed = 0;
  client.on('connectionCreated', () => {
    created += 1;
  });
  client.on('connectionReady', ({ address, connectionId }) => {
    open.add(`${address}/${connectionId}`);
  });
  client.on('connectionClosed', ({ address, connectionId, reason }) => {
    open.delete(`${address}/${connectionId}`);
    if (reason === 'error') failed += 1;
  });
  client.on('connectionCheckOutStarted', () => {
    asked += 1;
  });
  client.on('connectionCheckedOut', () => {
    asked -= 1;
    inUse += 1;
  });
  client.on('connectionCheckOutFailed', () => {
    asked -= 1;
  });
  client.on('connectionCheckedIn', () => {
    inUse -= 1;
  });
  return () => ({ inUse, idle: Math.max(0, open.size - inUse), waiting: asked, created, failed });
}
