/** The message bus (NATS over WebSocket): the server's events, and the three shared channels. */
import { type JetStreamClient, jetstream } from '@nats-io/jetstream';
import { type NatsConnection, wsconnect } from '@nats-io/nats-core';
import { Ask, ClientMessage, type NatsSubjects, ServerMessage, Tell } from './messages';

export type Channel = 'chat' | 'whiteboard' | 'signals';

/** The address of one room's part of the bus, from the answer to the access token. */
export interface BusAddress {
  readonly urls: string[];
  readonly token: string;
  readonly roomId: string;
  readonly userId: string;
  readonly stream: string;
  readonly subjects: NatsSubjects;
}

export interface BusListener {
  told(event: number, message: string): void;
  received(channel: Channel, payload: Uint8Array): void;
  interrupted(): void;
  resumed(): void;
  /** The connection is lost for good; `refused` if the server does not accept the token. */
  lost(refused: boolean): void;
}

const PING_EVERY_MS = 10_000;
const RENEW_EVERY_MS = 3 * 60_000;
/** This number of unanswered pings ends the meeting, as in the product. */
const UNANSWERED_PINGS = 12;
const RECONNECT_ATTEMPTS = 10;

export class Bus {
  readonly address: BusAddress;
  readonly #connection: NatsConnection;
  readonly #js: JetStreamClient;
  readonly #listener: BusListener;
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  readonly #login: { token: string };
  #unanswered = 0;
  #closing = false;

  private constructor(
    connection: NatsConnection,
    address: BusAddress,
    listener: BusListener,
    login: { token: string },
  ) {
    this.#connection = connection;
    this.#js = jetstream(connection);
    this.address = address;
    this.#listener = listener;
    this.#login = login;
  }

  /** Connects, subscribes to the server's events, sends a ping and asks for the room's data. */
  static async connect(address: BusAddress, listener: BusListener): Promise<Bus> {
    const login = { token: address.token };
    const connection = await wsconnect({
      servers: address.urls,
      name: `plugnmeet-client-${address.roomId}_${address.userId}`,
      // A reconnect must log in with the newest token, not with the first one.
      authenticator: () => ({ auth_token: login.token }),
      noEcho: true,
      pingInterval: PING_EVERY_MS,
      maxReconnectAttempts: RECONNECT_ATTEMPTS,
      reconnectTimeWait: 1000,
    });
    const bus = new Bus(connection, address, listener, login);
    void bus.#watchConnection();
    await bus.#followEvents();
    bus.#keepAlive();
    bus.ask(Ask.InitialData);
    return bus;
  }

  /** Reliable, acknowledged by the server's stream. */
  ask(event: Ask, msg = ''): void {
    const { subjects, roomId, userId } = this.address;
    this.#js
      .publish(
        `${subjects.systemJsWorker}.${roomId}.${userId}`,
        new ClientMessage({ event, msg }).toBinary(),
        { retries: 2 },
      )
      .catch(() => {
        // `#watchConnection` reports a lost bus; a single lost request has no consequence.
      });
  }

  /** Publishes on one subject, without acknowledgement. */
  publish(subject: string, payload: Uint8Array): void {
    this.#connection.publish(subject, payload);
  }

  send(channel: Channel, payload: Uint8Array): void {
    this.publish(this.#subject(channel), payload);
  }

  listen(channels: readonly Channel[]): void {
    for (const channel of channels) {
      this.#connection.subscribe(this.#subject(channel), {
        callback: (error, message) => {
          if (!error) this.#listener.received(channel, message.data);
        },
      });
    }
  }

  async close(): Promise<void> {
    this.#closing = true;
    for (const timer of this.#timers) clearInterval(timer);
    await this.#connection.close();
  }

  #subject(channel: Channel): string {
    const { subjects, roomId } = this.address;
    const name = {
      chat: subjects.chat,
      whiteboard: subjects.whiteboard,
      signals: subjects.dataChannel,
    }[channel];
    return `${name}.${roomId}`;
  }

  async #followEvents(): Promise<void> {
    const { subjects, roomId, userId, stream } = this.address;
    // The server created this consumer on entering; the client may only bind to it.
    const consumer = await this.#js.consumers.get(stream, `${roomId}_${userId}`);
    await consumer.consume({
      callback: (message) => {
        this.#tell(message.data);
        message.ack();
      },
    });
    this.#connection.subscribe(`${subjects.systemPublic}.${roomId}`, {
      callback: (error, message) => {
        if (!error) this.#tell(message.data);
      },
    });
  }

  #tell(data: Uint8Array): void {
    const { event, msg } = ServerMessage.fromBinary(data);
    if (event === Tell.Pong) {
      this.#unanswered = 0;
      return;
    }
    if (event === Tell.RenewedToken) this.#login.token = msg;
    this.#listener.told(event, msg);
  }

  #keepAlive(): void {
    const ping = () => {
      if (this.#unanswered >= UNANSWERED_PINGS) {
        this.#listener.lost(false);
        return;
      }
      this.#unanswered += 1;
      this.ask(Ask.Ping);
    };
    ping();
    this.#timers.push(
      setInterval(ping, PING_EVERY_MS),
      setInterval(() => this.ask(Ask.RenewToken, this.#login.token), RENEW_EVERY_MS),
    );
  }

  async #watchConnection(): Promise<void> {
    void this.#connection.closed().then((error) => {
      for (const timer of this.#timers) clearInterval(timer);
      if (!this.#closing) this.#listener.lost(/authori/i.test(error?.message ?? ''));
    });
    for await (const status of this.#connection.status()) {
      if (this.#closing) return;
      if (status.type === 'disconnect') this.#listener.interrupted();
      if (status.type === 'reconnect') this.#listener.resumed();
    }
  }
}
