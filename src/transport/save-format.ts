/** The forms in which images are written out. */
export type SaveFormat = 'docker-archive' | 'oci-archive' | 'oci-dir';
