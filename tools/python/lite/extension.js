/* What JupyterLite needs to be this book's: it says when a saved notebook is of an older edition,
   draws Graphviz's graphs, and leads from a hint to the book's page.

   A federated extension of JupyterLab, written as its loader wants it. What it uses of JupyterLab it
   takes from there (`shared`). */
var _JUPYTERLAB = window._JUPYTERLAB || {};
window._JUPYTERLAB = _JUPYTERLAB;
(() => {
  const here = document.currentScript.src;
  let scope;
  const shared = async (name) => (await Object.values(scope[name])[0].get())();

  // --- editions ---------------------------------------------------------------------------------

  const KEPT = "lomodel kept: ";

  /* The edition that each notebook of the book has now, by its path. */
  const editions = async (base) => {
    const answer = await fetch(`${base}files/editions.json`, { cache: "no-cache" });
    return answer.ok ? answer.json() : {};
  };

  /* Ask where a saved copy was made from another edition; what is chosen is remembered for this one. */
  const tellEdition = async (app, { Dialog, showDialog }, panel) => {
    const { context } = panel;
    await context.ready;
    const now = (await editions(app.serviceManager.serverSettings.baseUrl))[context.path];
    const had = context.model.getMetadata("lomodel")?.edition;
    if (!now || now === had || localStorage.getItem(KEPT + context.path) === now) return;
    const chosen = await showDialog({
      title: "The book has a newer edition of this notebook",
      body: "What you see is the copy that this browser saved, of an older edition. The new one opens in its place; your copy is then kept beside it.",
      buttons: [
        Dialog.cancelButton({ label: "Keep my copy" }),
        Dialog.okButton({ label: "Open the new edition" }),
      ],
    });
    if (chosen.button.accept) await renew(app.serviceManager.contents, context);
    else localStorage.setItem(KEPT + context.path, now);
  };

  /* The copy goes under a name of its own; without it in its place the book's is what opens. */
  const renew = async (contents, context) => {
    const { path } = context;
    const day = new Date().toISOString().slice(0, 10);
    let number = 1;
    const name = () => path.replace(/\.ipynb$/, ` (mine, ${day}${number > 1 ? ` ${number}` : ""}).ipynb`);
    while (await contents.get(name(), { content: false }).catch(() => null)) number += 1;
    const content = context.model.toJSON();
    await contents.save(name(), { type: "notebook", format: "json", content });
    await contents.delete(path);
    context.model.dirty = false;
    location.reload();
  };

  // --- hints ------------------------------------------------------------------------------------

  /* A link to a page of the book opens that page, at the section; the notebook would open at its top.
     JupyterLab has made of it the address of the notebook's file. */
  const leadToPages = (base) =>
    document.addEventListener(
      "click",
      (event) => {
        const link = event.target.closest?.(".jp-RenderedMarkdown a[href]");
        const files = new URL("files/", base).href;
        if (!link?.href.startsWith(files)) return;
        const page = /^(chapters\/\w+)\.(?:ipynb|md)(#.*)?$/.exec(link.href.slice(files.length));
        if (!page) return;
        event.preventDefault();
        event.stopPropagation();
        open(new URL(`../${page[1]}.html${page[2] ?? ""}`, base), "_blank", "noopener");
      },
      true,
    );

  // --- starting ---------------------------------------------------------------------------------

  /* What a reader runs while Python is on its way waits for it, with the star of what runs. JupyterLab
     would ask which kernel to take, or take the cell for done. */
  const executor = async () => {
    const { INotebookCellExecutor, runCell } = await shared("@jupyterlab/notebook");
    const whenReady = async (asked) => {
      const { cell, sessionContext } = asked;
      if (cell.model.type === "code" && sessionContext && !sessionContext.isReady) {
        cell.model.executionState = "running";
        await sessionContext.ready;
        if (cell.isDisposed) return false;
      }
      return runCell(asked);
    };
    return {
      id: "lomodel:cell-executor",
      autoStart: true,
      provides: INotebookCellExecutor,
      activate: () => ({ runCell: whenReady }),
    };
  };

  /* Nobody can reach a Python that runs in a worker: the button says what does help. */
  const tellInterrupt = (app, { Notification }) =>
    app.commands.commandExecuted.connect((_, { id }) => {
      if (id !== "notebook:interrupt-kernel") return;
      Notification.info("Python in a web page cannot be interrupted: “Restart Kernel” ends what runs.", { autoClose: 8000 });
    });

  // --- graphs -----------------------------------------------------------------------------------

  const MIME = "text/vnd.graphviz";
  let viz;

  const graphs = (Widget) => ({
    id: "lomodel:graphs",
    // Attributes of a graph can hold links of any kind: drawn for who ran the cell, as HTML is.
    rendererFactory: {
      safe: false,
      mimeTypes: [MIME],
      createRenderer: () => new (graphOf(Widget))(),
    },
    rank: 10,
    dataType: "string",
  });

  const graphOf = (Widget) =>
    class extends Widget {
      async renderModel(model) {
        const { instance } = await import(new URL("viz.js", here));
        viz ??= instance();
        const { engine } = model.metadata[MIME] ?? {};
        try {
          this.node.replaceChildren((await viz).renderSVGElement(model.data[MIME], { engine }));
        } catch (error) {
          this.node.textContent = `Graphviz: ${error.message}`;
        }
      }
    };

  // --- what JupyterLab asks for -----------------------------------------------------------------

  const bookPlugin = async () => {
    const apputils = await shared("@jupyterlab/apputils");
    const { INotebookTracker } = await shared("@jupyterlab/notebook");
    return {
      id: "lomodel:book",
      autoStart: true,
      requires: [INotebookTracker],
      activate: (app, notebooks) => {
        tellInterrupt(app, apputils);
        leadToPages(app.serviceManager.serverSettings.baseUrl);
        notebooks.widgetAdded.connect((_, panel) => tellEdition(app, apputils, panel));
      },
    };
  };

  const modules = {
    "./extension": async () => [await executor(), await bookPlugin()],
    "./mimeExtension": async () => graphs((await shared("@lumino/widgets")).Widget),
  };

  _JUPYTERLAB.lomodel = {
    init: (given) => {
      scope = given;
    },
    get: async (name) => {
      const found = await modules[name]();
      return () => ({ __esModule: true, default: found });
    },
  };
})();
