// Pan, zoom and point: mouse, wheel, trackpad and fingers on the timeline.
//
// A wheel over the timeline zooms about the pointer, unless the page was already being scrolled when the pointer came
// across it: a gesture belongs to where it began. Sideways wheels pan. One finger pans sideways (up and down still
// scrolls the page), two pinch. A press that did not move puts the cursor there.

const STILL = 4;
const SCROLLING = 180;

/** Wires `timeline` to `store`; `card` shows the instant under the pointer. */
export function gestures(timeline, store, card, chosen) {
  const { canvas } = timeline;
  const fingers = new Map();
  let pinch = null;
  let lastScroll = -1e9;
  let lastWheel = -1e9;
  addEventListener("scroll", () => {
    if (performance.now() - lastWheel > SCROLLING) lastScroll = performance.now();
    card.hide();
  }, { passive: true });

  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const perPixel = () => (store.view.end - store.view.start) / timeline.layout.box.width;

  canvas.addEventListener("wheel", (event) => {
    const now = performance.now();
    const scrolling = now - lastScroll < SCROLLING && !event.ctrlKey;
    const unit = event.deltaMode === 1 ? 18 : event.deltaMode === 2 ? 400 : 1;
    const whole = store.view.end - store.view.start >= store.length * 0.999;
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
    if (scrolling) return void (lastScroll = now);
    if (whole && event.deltaY > 0 && !sideways && !event.ctrlKey) return;
    event.preventDefault();
    lastWheel = now;
    if (sideways) return store.pan((event.deltaX || event.deltaY) * unit * perPixel());
    const strength = event.ctrlKey ? 0.01 : 0.0016;
    store.zoom(Math.exp(Math.min(Math.max(event.deltaY * unit, -240), 240) * strength), timeline.timeAt(store.view, at(event).x));
  }, { passive: false });

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    store.stop();
    canvas.setPointerCapture(event.pointerId);
    const point = at(event);
    fingers.set(event.pointerId, { ...point, x0: point.x, y0: point.y, moved: false });
    if (fingers.size === 2) pinch = spread();
  });
  const spread = () => {
    const [a, b] = [...fingers.values()];
    const middle = (a.x + b.x) / 2;
    return { distance: Math.max(Math.abs(a.x - b.x), 20), t: timeline.timeAt(store.view, middle), view: store.view };
  };
  canvas.addEventListener("pointermove", (event) => {
    const point = at(event);
    const finger = fingers.get(event.pointerId);
    if (!finger) {
      if (event.pointerType === "mouse") hover(event, point);
      return;
    }
    const dx = point.x - finger.x;
    if (Math.abs(point.x - finger.x0) + Math.abs(point.y - finger.y0) > STILL) finger.moved = true;
    Object.assign(finger, point);
    card.hide();
    if (fingers.size === 2 && pinch) {
      const now = spread();
      store.setView(pinch.view);
      store.zoom(pinch.distance / now.distance, pinch.t);
    } else if (finger.moved) {
      canvas.classList.add("dragging");
      store.pan(-dx * perPixel());
    }
  });
  const hover = (event, point) => {
    const hit = timeline.hit(store.view, point.x, point.y);
    canvas.classList.toggle("pointing", Boolean(hit.flag || hit.fault));
    if (!hit.inside || hit.t < 0 || hit.t > store.length) return leave();
    store.setHover(hit.t);
    card.show(hit, store.view.end - store.view.start, event.clientX, event.clientY);
  };
  const leave = () => {
    store.setHover(null);
    card.hide();
  };
  canvas.addEventListener("pointerleave", leave);
  const release = (event, taken) => {
    const finger = fingers.get(event.pointerId);
    fingers.delete(event.pointerId);
    pinch = null;
    canvas.classList.remove("dragging");
    if (!finger || finger.moved || !taken) return;
    const hit = timeline.hit(store.view, finger.x, finger.y);
    if (hit.flag) chosen(hit.flag.mark);
    else if (hit.fault) store.setCursor(hit.fault.inForce);
    else if (hit.inside) store.setCursor(hit.t, false);
  };
  canvas.addEventListener("pointerup", (event) => release(event, true));
  canvas.addEventListener("pointercancel", (event) => release(event, false));
  canvas.addEventListener("dblclick", (event) => store.zoom(event.shiftKey ? 3 : 1 / 3, timeline.timeAt(store.view, at(event).x)));
}
