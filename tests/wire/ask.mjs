// Asks the endpoint with Microsoft's JavaScript client; prints what came as one line of JSON.
import process from 'node:process';
import { ClientSecretCredential } from '@azure/identity';
import { LogsQueryClient } from '@azure/monitor-query-logs';

const { ENDPOINT, WORKSPACE_ID, RESOURCE_ID, TENANT_ID, CLIENT_ID, CLIENT_SECRET } = process.env;

const credential = new ClientSecretCredential(TENANT_ID, CLIENT_ID, CLIENT_SECRET, {
  authorityHost: ENDPOINT,
  disableInstanceDiscovery: true
});
const client = new LogsQueryClient(credential, { endpoint: `${ENDPOINT}/v1`, audience: `${ENDPOINT}/.default` });
const firstDay = { startTime: new Date('2024-01-01T00:00:00Z'), duration: 'P1D' };
const always = { startTime: new Date('2000-01-01T00:00:00Z'), endTime: new Date('2030-01-01T00:00:00Z') };

const workspace = await client.queryWorkspace(
  WORKSPACE_ID,
  'Log | project TimeGenerated, Big, Text, Bag',
  firstDay,
  { includeQueryStatistics: true, includeVisualization: true, serverTimeoutInSeconds: 30 }
);
const resource = await client.queryResource(RESOURCE_ID, 'Log | count', always);
const batch = await client.queryBatch([
  { workspaceId: WORKSPACE_ID, query: 'Log | count', timespan: firstDay },
  { workspaceId: WORKSPACE_ID, query: 'Nothing | count', timespan: always },
  { workspaceId: WORKSPACE_ID, query: 'Log | count', timespan: always }
]);
const error = await client.queryWorkspace(WORKSPACE_ID, 'Log | wher', always).then(
  () => null,
  problem => ({ statusCode: problem.statusCode, code: problem.code })
);

process.stdout.write(
  JSON.stringify({
    workspace: {
      status: workspace.status,
      columns: workspace.tables[0].columnDescriptors.map(column => column.type),
      rows: workspace.tables[0].rows,
      statistics: workspace.statistics !== undefined,
      visualization: workspace.visualization !== undefined
    },
    partial: workspace.partialError ?? null,
    resource: resource.tables[0].rows,
    batch: batch.map(
      item => item.tables?.[0].rows ?? item.partialError.code
    ),
    error
  })
);
