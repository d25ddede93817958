/**
 * Volume, Kubernetes 1.32 to 1.36. Volumes are never dropped: what a decision cannot allow, it denies.
 * https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/volume/
 */
import { isJsonObject, member } from '../../json/types.js';
import { denied, grant, harmless, malformed, objectOf, right, rows, type Row, type Table } from './model.js';

const STORAGE = harmless('storage that the cluster hands out, as Pod Security `baseline` has it');
const GENERATED = harmless('files that the kubelet writes');

const hostPath: Row = right('a path of the node', (value, field) => {
  const path = isJsonObject(value) ? member(value, 'path') : undefined;
  return typeof path === 'string'
    ? [grant(field, 'host.paths', `${path}:rw`)]
    : [malformed(field, 'an object with a path')];
});

const IMAGE: Table = new Map<string, Row>([
  ['reference', harmless('read with the images')],
  ['pullPolicy', harmless('which bytes arrive is decided by the digest')],
]);

export const VOLUME: Table = new Map<string, Row>([
  ['name', harmless('a name inside the pod')],
  ...rows(GENERATED, 'configMap', 'downwardAPI', 'emptyDir', 'projected', 'secret'),
  ...rows(STORAGE, 'csi', 'ephemeral', 'persistentVolumeClaim'),
  ...rows(
    STORAGE,
    'awsElasticBlockStore',
    'azureDisk',
    'azureFile',
    'cephfs',
    'cinder',
    'fc',
    'flocker',
    'gcePersistentDisk',
    'glusterfs',
    'iscsi',
    'nfs',
    'photonPersistentDisk',
    'portworxVolume',
    'quobyte',
    'rbd',
    'scaleIO',
    'storageos',
    'vsphereVolume',
  ),
  ['flexVolume', denied('runs a driver of the node as root')],
  ['gitRepo', denied('makes the kubelet run git as root on what a stranger wrote')],
  ['hostPath', hostPath],
  ['image', objectOf(IMAGE)],
]);
