/**
 * Which handler answers, by method and path, as with Hono and Express:
 *
 *     const router = new Router()
 *       .get("/users/:id", new ShowUser())
 *       .post("/users", new AddUser())
 *       .get("/files/*", new StaticFiles(data))
 *       .use(new AccessLog());
 *
 * The first route whose path and method match answers. HEAD is answered as GET, without the body. A path that no route has
 * gives 404; one that has other methods 405, or to OPTIONS 204, with these in Allow. A router is a handler: one may be in
 * another.
 */
import { Fn1 } from "../sched/combine";
import { answerMethods, GET_AND_HEAD, Methods } from "./allow";
import { Context } from "./context";
import { Handler } from "./handler";
import { Method } from "./method";
import { Chain, Middleware } from "./middleware";
import { Parameters, Pattern } from "./pattern";

const ALL: Methods = u32.MAX_VALUE;
const STAR: u8 = 0x2a;

class Route {
  constructor(
    readonly methods: Methods,
    readonly pattern: Pattern,
    readonly handler: Fn1<Context, void>,
  ) {}
}

/** The routes, inside of the middleware. */
class Routes extends Handler {
  readonly routes: Route[] = [];
  missing: Fn1<Context, void> | null = null;

  handle(c: Context): void {
    const head = c.request.head;
    const routes = this.routes;
    const method: Methods = 1 << (<u32>head.method);
    // OPTIONS asks for the server as a whole with the path "*".
    const whole = head.pathSize == 1 && load<u8>(head.pathAt) == STAR;
    let parameters = c._parameters;
    if (!parameters) {
      parameters = new Parameters();
      c._parameters = parameters;
    }
    let others: Methods = 0;
    for (let i = 0; i < routes.length; i++) {
      const route = routes[i];
      if (!whole && !route.pattern.matches(head.pathAt, head.pathSize, parameters)) continue;
      if (whole || !(route.methods & method)) {
        others |= route.methods;
        continue;
      }
      if (!parameters.isSound) return c.fail(400);
      c._pattern = route.pattern;
      return route.handler.call(c);
    }
    if (others) return answerMethods(c, others);
    // Of a router around this one.
    c._pattern = null;
    const missing = this.missing;
    if (missing) missing.call(c);
    else c.notFound();
  }
}

export class Router extends Handler {
  private readonly inner: Routes;
  private readonly chain: Chain;

  constructor() {
    super();
    const inner = new Routes();
    this.inner = inner;
    this.chain = new Chain(inner);
  }

  handle(c: Context): void {
    this.chain.first.call(c);
  }

  /**
   * Answers GET, and HEAD, for paths.
   * @param path a pattern: pattern.ts tells its form. One that is malformed traps
   */
  get(path: string, handler: Fn1<Context, void>): Router {
    return this.route(GET_AND_HEAD, path, handler);
  }

  post(path: string, handler: Fn1<Context, void>): Router {
    return this.route(1 << Method.Post, path, handler);
  }

  put(path: string, handler: Fn1<Context, void>): Router {
    return this.route(1 << Method.Put, path, handler);
  }

  patch(path: string, handler: Fn1<Context, void>): Router {
    return this.route(1 << Method.Patch, path, handler);
  }

  delete(path: string, handler: Fn1<Context, void>): Router {
    return this.route(1 << Method.Delete, path, handler);
  }

  /** Answers all methods, OPTIONS too. */
  all(path: string, handler: Fn1<Context, void>): Router {
    return this.route(ALL, path, handler);
  }

  /** Answers where no route has the path, in place of a plain 404. */
  notFound(handler: Fn1<Context, void>): Router {
    this.inner.missing = handler;
    return this;
  }

  /** Puts middleware around all routes, also those that follow. What was put first is outermost. */
  use(middleware: Middleware): Router {
    this.chain.use(middleware);
    return this;
  }

  private route(methods: Methods, path: string, handler: Fn1<Context, void>): Router {
    this.inner.routes.push(new Route(methods, new Pattern(path), handler));
    return this;
  }
}
