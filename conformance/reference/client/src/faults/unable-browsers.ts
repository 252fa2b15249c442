/** In a browser that cannot encrypt, the page goes on, or does not say why it stops. */
import type { Fault } from './fault';

export const goesOnUnable: Fault = () => ({
  onRefusal: (refuses, { to }) => refuses && to !== 'go on in a browser that cannot encrypt',
});

export const saysNothing: Fault = () => ({
  onShown: (shown, what) =>
    shown &&
    what !== 'reason: this browser cannot encrypt' &&
    what !== 'reason: this page is not secure',
});
