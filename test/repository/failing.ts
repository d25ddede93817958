/** A port of which one method fails, as on a full disk. */
export function failing<T extends object>(port: T, method: keyof T & string): T {
  return new Proxy(port, {
    get: (target, member) => {
      if (member === method) return () => Promise.reject(new Error('ENOSPC'));
      return (Reflect.get(target, member) as { bind(it: unknown): unknown }).bind(target);
    },
  });
}
