/** A real OCI image made on the spot: one layer, one config, one manifest, as an OCI image layout. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

export interface BuiltImage {
  /** The folder of the OCI image layout. */
  layout: string;
  /** The unpacked root file system. */
  rootfs: string;
  manifestFile: string;
  digest: string;
  /** True when a program (busybox) is inside, so that the image can be started. */
  runnable: boolean;
}

const APPLETS = ['sh', 'echo', 'id', 'true', 'unshare'];

/**
 * @param folder - where to build; made here
 * @param busybox - a static busybox to put inside, or undefined for an image with one text file
 * @param greeting - distinguishes images: another text is another digest
 */
export function buildImage(folder: string, busybox: string | undefined, greeting: string): BuiltImage {
  const rootfs = join(folder, 'rootfs');
  for (const name of ['bin', 'proc', 'dev', 'sys', 'tmp', 'etc'])
    mkdirSync(join(rootfs, name), { recursive: true });
  writeFileSync(join(rootfs, 'etc', 'greeting'), `${greeting}\n`);
  if (busybox !== undefined) {
    copyFileSync(busybox, join(rootfs, 'bin', 'busybox'));
    for (const applet of APPLETS) symlinkSync('busybox', join(rootfs, 'bin', applet));
  }
  const layout = join(folder, 'layout');
  mkdirSync(join(layout, 'blobs', 'sha256'), { recursive: true });
  const tar = execFileSync(
    'tar',
    ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0', '-c', '.'],
    {
      cwd: rootfs,
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  return writeLayout(layout, rootfs, tar, busybox !== undefined);
}

function writeLayout(layout: string, rootfs: string, tar: Buffer, runnable: boolean): BuiltImage {
  const put = (bytes: Buffer, mediaType: string): { mediaType: string; digest: string; size: number } => {
    const hex = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(layout, 'blobs', 'sha256', hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  const architecture = { x64: 'amd64', arm64: 'arm64' }[process.arch as string] ?? process.arch;
  const diffId = `sha256:${createHash('sha256').update(tar).digest('hex')}`;
  const config = put(
    json({
      architecture,
      os: 'linux',
      config: { Cmd: ['/bin/sh'] },
      rootfs: { type: 'layers', diff_ids: [diffId] },
    }),
    'application/vnd.oci.image.config.v1+json',
  );
  const layer = put(gzipSync(tar), 'application/vnd.oci.image.layer.v1.tar+gzip');
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = put(json({ schemaVersion: 2, mediaType, config, layers: [layer] }), mediaType);
  writeFileSync(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  const named = { ...manifest, annotations: { 'org.opencontainers.image.ref.name': 'latest' } };
  writeFileSync(join(layout, 'index.json'), json({ schemaVersion: 2, manifests: [named] }));
  const manifestFile = join(layout, 'blobs', 'sha256', manifest.digest.slice('sha256:'.length));
  readFileSync(manifestFile);
  return { layout, rootfs, manifestFile, digest: manifest.digest, runnable };
}
