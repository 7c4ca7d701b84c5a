import { Inject, Injectable } from '@nestjs/common';
import axios, { type AxiosInstance } from 'axios';
import { serviceUrl, type ServiceName } from '../config/service.config';
import { COMPANY_HEADER } from '../auth/caller';
import { AppError, type FieldError } from '../errors/app-error';
import { currentTraceId, TRACE_HEADER } from '../logging/trace';
import type { ServiceOptions } from '../service-options';
import { systemWireClock } from '../time/wire-clock';
import { SERVICE_OPTIONS } from '../tokens';

/** Settings of one call to another service. */
export interface ServiceCall {
  companyId: string;
  /** Default 5 s. */
  timeoutMs?: number;
  headers?: Record<string, string>;
}

interface Problem {
  code?: string;
  detail?: string;
  errors?: FieldError[];
  [member: string]: unknown;
}

const RENEW_BEFORE_MS = 120_000;

/**
 * Calls between services: with this service's own client, a time-out, the trace id and the company.
 * Never retried here; the caller's place decides. A problem answer becomes an AppError with the same code;
 * no answer becomes <SERVICE>.UNAVAILABLE (503).
 */
@Injectable()
export class ServiceHttp {
  private readonly client: AxiosInstance;
  private token: { value: string; renewAt: number } | undefined;
  private renewing: Promise<string> | undefined;

  constructor(@Inject(SERVICE_OPTIONS) private readonly options: ServiceOptions) {
    this.client = axios.create({
      timeout: 5_000,
      // Services are neighbours: no proxy of the surroundings lies between them, and none of them answers with a redirect.
      proxy: false,
      maxRedirects: 0,
      maxBodyLength: 64 * 1024 * 1024,
      maxContentLength: 64 * 1024 * 1024,
      validateStatus: () => true,
    });
  }

  get<T>(url: string, call: ServiceCall): Promise<T> {
    return this.send<T>('GET', url, undefined, call);
  }

  post<T>(url: string, body: unknown, call: ServiceCall): Promise<T> {
    return this.send<T>('POST', url, body, call);
  }

  put<T>(url: string, body: unknown, call: ServiceCall): Promise<T> {
    return this.send<T>('PUT', url, body, call);
  }

  /** The address of a path of a service: `at('orders', '/v1/orders/summary')`. */
  at(service: ServiceName, path: string): string {
    return `${serviceUrl(this.options.config, service)}/${service}${path}`;
  }

  private async send<T>(method: string, url: string, data: unknown, call: ServiceCall): Promise<T> {
    const token = await this.accessToken();
    try {
      const response = await this.client.request<unknown>({
        method,
        url,
        data,
        timeout: call.timeoutMs ?? 5_000,
        headers: {
          ...call.headers,
          authorization: `Bearer ${token}`,
          [COMPANY_HEADER]: call.companyId,
          [TRACE_HEADER]: currentTraceId(),
        },
      });
      if (response.status < 400) return response.data as T;
      if (response.status === 401) this.token = undefined;
      const {
        code,
        detail,
        errors,
        type: _type,
        title: _title,
        status: _status,
        traceId: _traceId,
        ...more
      } = (response.data ?? {}) as Problem;
      throw new AppError(code ?? 'SERVICE.UNAVAILABLE', detail ?? `${method} ${url} answered ${response.status}.`, {
        ...more,
        ...(errors ? { errors } : {}),
      });
    } catch (error) {
      if (error instanceof AppError) throw error;
      throw new AppError(
        'SERVICE.UNAVAILABLE',
        `${method} ${url} gave no answer: ${String((error as Error).message)}`,
        {},
        { cause: error },
      );
    }
  }

  private async accessToken(): Promise<string> {
    if (this.token && systemWireClock.now() < this.token.renewAt) return this.token.value;
    this.renewing ??= this.renew().finally(() => (this.renewing = undefined));
    return this.renewing;
  }

  private async renew(): Promise<string> {
    const { config, service } = this.options;
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: `svc-${service}`,
      client_secret: config.SERVICE_CLIENT_SECRET,
    });
    try {
      const { data } = await axios.post<{ access_token: string; expires_in: number }>(
        `${config.GATEWAY_URL}/auth/token`,
        form,
        { timeout: 5_000 },
      );
      this.token = {
        value: data.access_token,
        renewAt: systemWireClock.now() + data.expires_in * 1_000 - RENEW_BEFORE_MS,
      };
      return data.access_token;
    } catch (error) {
      throw new AppError(
        'GATEWAY.UNAVAILABLE',
        `The gateway gave no token to svc-${service}: ${String((error as Error).message)}`,
        {},
        { cause: error },
      );
    }
  }
}
