/** Whoever writes a target of a policy means it: “within” is chosen for them. */
export function chooseOwnTargets(): void {
  document.addEventListener('input', (event) => {
    const field = event.target as HTMLInputElement;
    if (field.type === 'radio' || field.value === '') return;

    const own = field.closest('[data-own-target]')?.querySelector<HTMLInputElement>('input[type="radio"][value="own"]');
    if (own) own.checked = true;
  });
}
