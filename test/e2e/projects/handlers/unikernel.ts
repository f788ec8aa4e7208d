import { AccessLog, Context, Fn1, Handler, HttpServer, log, Middleware, Router, Stack, sleep } from "fata";

/** `GET /hello/:name` */
class Hello extends Handler {
  handle(c: Context): void {
    c.text(`Hello ${c.param("name")}\n`);
  }
}

/** `GET /search?q=...` */
class Search extends Handler {
  handle(c: Context): void {
    const q = c.query("q");
    if (q === null) {
      c.status = 400;
      return c.text("Search for what? Add ?q=...\n");
    }
    c.json(`{"searched":${q.length}}\n`);
  }
}

/** `POST /notes`: a form, or `GET /notes/:id` */
class Notes extends Handler {
  private notes: string[] = [];

  handle(c: Context): void {
    if (c.request.methodName != "POST") return this.show(c);
    const form = c.form();
    if (!form) return;
    const text = form.get("text");
    if (text === null || text == "") {
      c.status = 422;
      return c.text("A note needs a text\n");
    }
    this.notes.push(text);
    c.redirect(`/notes/${this.notes.length}`, 303);
  }

  private show(c: Context): void {
    const id = I32.parseInt(c.param("id"));
    if (id < 1 || id > this.notes.length) return c.notFound();
    c.text(this.notes[id - 1] + "\n");
  }
}

/** `GET /count`: sent line by line, while it is made. */
class Count extends Handler {
  handle(c: Context): void {
    c.header("Content-Type", "text/plain");
    for (let i = 1; i <= 3; i++) {
      if (c.writeText(`${i}\n`) < 0) return; // the client is gone
      sleep(100);
    }
  }
}

/** Lets in who knows the password. */
class Guard extends Middleware {
  handle(c: Context, next: Fn1<Context, void>): void {
    const password = c.request.header("x-password");
    if (password !== null && password == "sesame") return next.call(c);
    c.status = 403;
    c.text("Forbidden\n");
  }
}

/** A field on every response. */
class PoweredBy extends Middleware {
  handle(c: Context, next: Fn1<Context, void>): void {
    c.header("X-Powered-By", "Fata");
    next.call(c);
  }
}

class Missing extends Handler {
  handle(c: Context): void {
    c.status = 404;
    c.text(`There is no ${c.request.path}\n`);
  }
}

export class Main {
  constructor(private net: Stack) {}

  start(): void {
    const notes = new Notes();
    const admin = new Router().get("/admin/hello/:name", new Hello()).use(new Guard());
    const router = new Router()
      .get("/hello/:name", new Hello())
      .get("/search", new Search())
      .post("/notes", notes)
      .get("/notes/:id", notes)
      .get("/count", new Count())
      .all("/admin/*", admin)
      .notFound(new Missing())
      .use(new PoweredBy())
      .use(new AccessLog());
    log.info("Serving HTTP on port 80");
    new HttpServer(router).serve(this.net, 80);
  }
}
