import type { Plugin } from 'rolldown';

export function ownPlaces(home: string, placeOf: (id: string) => string): Plugin;
