//! What the server looks like from outside: `/metrics` for whoever keeps figures, `/healthz` for
//! whoever restarts what is dead.

mod page;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::task::{JoinHandle, spawn_local, yield_now};
use tokio::time::timeout;

use crate::net::{Acceptor, Listener};
use crate::state::World;

/// What OpenMetrics 1.0, "Content-Type", asks for.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Connections at once.  When one more comes, the oldest is closed: a request is answered as soon as
/// it has arrived, so that the oldest is one that does not ask, or does not take its answer.
const AT_ONCE: usize = 32;

/// How long a connection may take, all in all.
const WITHIN: Duration = Duration::from_secs(10);

/// And how long it may take to say what it wants.
const ASKED_WITHIN: Duration = Duration::from_secs(2);

/// Answers requests for the figures until it is dropped.  To be run on a local runtime.
pub async fn serve(listener: Listener, world: Arc<World>) {
    let mut acceptor = match Acceptor::new(listener) {
        Ok(acceptor) => acceptor,
        Err(why) => return tracing::error!(%why, "the figures cannot be served"),
    };
    let mut open: VecDeque<JoinHandle<()>> = VecDeque::new();
    loop {
        let stream = acceptor.next().await.boxed();
        let world = Arc::clone(&world);
        if open.len() >= AT_ONCE {
            // Those that came with this one have their turn first: they may have asked already.
            yield_now().await;
            open.retain(|connection| !connection.is_finished());
        }
        if open.len() >= AT_ONCE
            && let Some(oldest) = open.pop_front()
        {
            oldest.abort();
        }
        open.push_back(spawn_local(async move {
            let answer = service_fn(move |request| {
                let response = answer(&request, &world);
                async { Ok::<_, Infallible>(response) }
            });
            let mut http = http1::Builder::new();
            http.timer(TokioTimer::new())
                .header_read_timeout(ASKED_WITHIN)
                .keep_alive(false)
                .max_buf_size(8192);
            let connection = http.serve_connection(TokioIo::new(stream), answer);
            // Whoever breaks off has what it wanted, or never asked properly.
            let _ = timeout(WITHIN, connection).await;
        }));
    }
}

fn answer(request: &Request<Incoming>, world: &World) -> Response<Full<Bytes>> {
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD\n");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    match request.uri().path() {
        "/metrics" => {
            let mut response = Response::new(page::page(world).into());
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(OPENMETRICS));
            response
        }
        // Shards that are dead end the program: who answers is well.
        "/healthz" => plain(StatusCode::OK, "ok\n"),
        _ => plain(StatusCode::NOT_FOUND, "there are /metrics and /healthz\n"),
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}
