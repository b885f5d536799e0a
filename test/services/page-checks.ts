/** Checks that run inside of a page: self-contained functions for `page.evaluate`. */

/** Controls without a name for screen readers. */
export function unnamedControls(): string[] {
  return [...document.querySelectorAll<HTMLInputElement>('input, select, textarea, button, [role]')]
    .filter((control) => !control.hidden)
    .filter((control) => {
      const labelled =
        control.getAttribute('aria-label') ??
        control.labels?.[0]?.textContent ??
        (control instanceof HTMLButtonElement || control.role === 'alert' ? control.textContent : '');
      return labelled.trim() === '';
    })
    .map((control) => control.outerHTML.slice(0, 100));
}

/** Texts with less contrast than 4.5 : 1 (WCAG 2.2 AA) against the nearest background. */
export function faintTexts(): string[] {
  const rgb = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = ([r = 0, g = 0, b = 0]: number[]): number => {
    const linear = [r, g, b].map((part) =>
      part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * (linear[0] as number) + 0.7152 * (linear[1] as number) + 0.0722 * (linear[2] as number);
  };
  const background = (element: Element | null): number[] => {
    if (!element) return [255, 255, 255];
    const color = rgb(getComputedStyle(element).backgroundColor);
    return color.length === 3 || (color[3] ?? 0) > 0.99 ? color : background(element.parentElement);
  };
  const texts = [...document.querySelectorAll('body *')].filter(
    (element) =>
      [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim()) &&
      element.checkVisibility(),
  );
  return texts
    .filter((element) => !element.closest('.skip'))
    .flatMap((element) => {
      const [one, two] = [luminance(rgb(getComputedStyle(element).color)), luminance(background(element))];
      const contrast = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
      return contrast < 4.5 ? [`${contrast.toFixed(2)}: ${element.textContent?.trim().slice(0, 40)}`] : [];
    });
}
