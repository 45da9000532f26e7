/* One question at a time; a verdict is on disk before the next one shows. Talks to its own server and to nothing else. */
(() => {
  const KEYS = { 1: "left", l: "left", 2: "right", r: "right", 3: "same", s: "same", 4: "both bad", b: "both bad", 5: "skip", x: "skip" };
  const WORDS = {
    better: { prompt: "Which answer is better?", left: "Left is better", right: "Right is better", same: "Equally good", "both bad": "Both are bad" },
    right: { prompt: "Which answer is right? (Choose one only if it is; it becomes the label of this request.)", left: "Left is right", right: "Right is right", same: "Both are right", "both bad": "Neither is right" },
  };
  const $ = (id) => document.getElementById(id), buttons = [...document.querySelectorAll("[data-choice]")];
  let question = null, busy = false;

  async function talk(name, body) {
    if (busy) return;
    busy = true;
    try {
      const given = body ? { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) } : {};
      const answer = await fetch(name, given), data = await answer.json();
      if (!answer.ok) throw new Error(data.error);
      fail(""); show(data);
    } catch (error) {
      fail(error instanceof TypeError ? "The kit does not answer; is `kit label` still running? Nothing was kept of this key." : `Not kept: ${error.message}`);
    } finally { busy = false; }
  }

  function fail(text) { $("failure").hidden = !text; $("failure").textContent = text; }

  function show(state) {
    question = state.question;
    $("progress").textContent = `${state.done.toLocaleString("en")} of ${state.total.toLocaleString("en")} pairs`;
    $("question").hidden = !question;
    for (const button of buttons) button.disabled = !question;
    $("undo").disabled = !state.done;
    const words = question && question.exact ? WORDS.right : WORDS.better;
    $("prompt").textContent = question ? words.prompt : "All pairs are labelled. You can close this page.";
    for (const button of buttons) if (words[button.dataset.choice]) button.querySelector("span").textContent = words[button.dataset.choice];
    if (question) {
      $("asked").textContent = question.asked;
      differences.show($("left"), $("right"), question.left, question.right);
      for (const id of ["asked", "left", "right"]) $(id).scrollTop = 0;
    }
    $("needs").replaceChildren(...[...state.needs, ...state.remarks].map((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      return item;
    }));
  }

  const choose = (choice) => question && talk("label", { id: question.id, choice });
  for (const button of buttons) button.addEventListener("click", () => choose(button.dataset.choice));
  $("undo").addEventListener("click", () => talk("undo", {}));
  document.addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in KEYS) { event.preventDefault(); choose(KEYS[event.key]); }
    else if (event.key === "u") { event.preventDefault(); talk("undo", {}); }
  });
  talk("state");
})();
