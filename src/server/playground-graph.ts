/** A graph as the playground page shows it: everything in it may be seen by whoever may open the page. */
export interface PlaygroundGraph {
  readonly name: string
  /** What the transport of the graph is made of: `websocket`. */
  readonly transport: string
  /** Where the page calls; undefined where the graph takes its calls in another way. */
  readonly socket: PlaygroundSocket | undefined
  /** In the order in which frames pass; what the loader has put in is left out. */
  readonly nodes: readonly PlaygroundNode[]
  /** Those who may speak with the caller first, in the order of the file; empty where there is one conversation. */
  readonly agents: readonly PlaygroundAgent[]
  /** What leads from box to box, by the type of its frames. */
  readonly arrows: readonly PlaygroundArrow[]
  /** How long an answer may take, in ms; undefined without a budget for it. */
  readonly budgetMs: number | undefined
  /** The graph as SVG that the page colours. */
  readonly pictures: {
    /** From left to right, for a wide screen. */
    readonly across: string
    /** From top to bottom, for a narrow one. */
    readonly down: string
  }
}

/** The socket of a graph. */
export interface PlaygroundSocket {
  /** Below the site: `/`. */
  readonly path: string
  /** It lets nobody in without a token. */
  readonly asksForToken: boolean
}

/** A node of the graph. */
export interface PlaygroundNode {
  readonly id: string
  readonly label: string
  /** What it is made of: `flite-tts`. */
  readonly use: string
  /** `stt`, `brain` … */
  readonly role: string
  /** Agent that it belongs to; empty for what all share. */
  readonly agent: string
  /** Boxes of the pictures that stand for it; `box-<name>` is the class of each. */
  readonly boxes: readonly string[]
  /** Box among them where the caller hears; empty for what is no transport. */
  readonly ear: string
}

/** A wire of the pictures: the class of its arrow is `from-<box> to-<box>`. */
export interface PlaygroundArrow {
  readonly from: string
  readonly to: string
  readonly types: readonly string[]
}

/** An agent of the graph. */
export interface PlaygroundAgent {
  readonly id: string
  readonly role: string
  readonly box: string
}
