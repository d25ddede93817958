/** Every place of a pod where an image stands. */
import { WritError } from '../errors.js';
import { asObject, asString } from '../json/read.js';
import { isJsonObject, member, type JsonObject } from '../json/types.js';
import { pointer } from './json-patch.js';
import { listOr, textOr } from './review.js';

const CONTAINER_LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const;
export type ContainerList = (typeof CONTAINER_LISTS)[number];

/** One container of a pod, of any of the three lists. Sidecars are init containers. */
export interface Container {
  readonly list: ContainerList;
  readonly name: string;
  /** As written; the grammar has not been applied. */
  readonly image: string;
  readonly json: JsonObject;
  /** `spec.containers[0]`, for people. */
  readonly field: string;
  /** `/spec/containers/0`, for patches. */
  readonly pointer: string;
}

/** An image that is mounted as a volume (`volumes[].image.reference`). */
export interface ImageVolume {
  readonly name: string;
  readonly image: string;
  readonly field: string;
  /** Of the member `image` of the volume. */
  readonly pointer: string;
}

/**
 * The containers of a pod: init containers, containers, ephemeral containers, each in the order written.
 *
 * @throws WritError JSON_TYPE when a list or a member has another type, ADMISSION_POD when an image is missing
 */
export function containersOf(spec: JsonObject): Container[] {
  const found: Container[] = [];
  for (const list of CONTAINER_LISTS) {
    for (const [index, item] of listOr(spec, list).entries()) {
      const field = `spec.${list}[${index}]`;
      const json = asObject(item, field);
      const image = imageAt(json, 'image', field);
      found.push({
        list,
        name: textOr(json, 'name', field),
        image,
        json,
        field,
        pointer: `/spec/${list}/${index}`,
      });
    }
  }
  return found;
}

/**
 * The volumes of a pod that are images.
 *
 * @throws WritError JSON_TYPE, ADMISSION_POD
 */
export function imageVolumesOf(spec: JsonObject): ImageVolume[] {
  const found: ImageVolume[] = [];
  for (const [index, item] of listOr(spec, 'volumes').entries()) {
    const volume = asObject(item, `spec.volumes[${index}]`);
    const source = member(volume, 'image');
    if (source === undefined || source === null) continue;
    const field = `spec.volumes[${index}].image`;
    const image = imageAt(asObject(source, field), 'reference', field);
    const name = textOr(volume, 'name', `spec.volumes[${index}]`);
    found.push({ name, image, field, pointer: pointer('spec', 'volumes', index, 'image') });
  }
  return found;
}

function imageAt(object: JsonObject, key: string, field: string): string {
  const image = member(object, key);
  if (image === undefined || image === null || image === '') {
    throw new WritError('ADMISSION_POD', `${field} names no image`);
  }
  return asString(image, `${field}.${key}`);
}

/** The security context of a pod or container; empty when it has none. */
export function securityContextOf(object: JsonObject): JsonObject {
  const value = member(object, 'securityContext');
  return isJsonObject(value) ? value : {};
}
