//! What the server looks like from outside: `/metrics` for whoever keeps metrics, `/healthz` for
//! whoever restarts what is dead.

mod page;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::task::{JoinHandle, spawn_local, yield_now};
use tokio::time::timeout;

use self::page::{Form, Machine};
use crate::core::Network;
use crate::net::{Acceptor, Listener, Tls};

/// What TLS shows, if a listener has it: it may be another after a reload.
pub type SharedTls = Arc<ArcSwapOption<Tls>>;

impl Form {
    /// What OpenMetrics 1.0, "Content-Type", and "Exposition formats" of Prometheus ask for.
    const fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
        }
    }

    /// The form that is asked for (RFC 9110, section 12.5.1): OpenMetrics only by its name.
    fn accepted(accept: &str) -> Self {
        let mut quality = [0.0_f32; 2];
        for range in accept.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let of = match parts.next().unwrap_or_default() {
                "application/openmetrics-text" => 0,
                "text/plain" | "text/*" | "*/*" => 1,
                _ => continue,
            };
            let q = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse);
            if let (Some(most), Ok(q)) = (quality.get_mut(of), q) {
                *most = most.max(q);
            }
        }
        let [openmetrics, text] = quality;
        if openmetrics > 0.0 && openmetrics >= text { Self::OpenMetrics } else { Self::Prometheus }
    }
}

/// What the system tells of this process; what it does not is left out.
fn machine(tls: &SharedTls) -> Machine {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let resident = resident.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    let limit = rlimit::getrlimit(rlimit::Resource::NOFILE);
    Machine {
        certificate_expiry: tls.load().as_ref().and_then(|tls| tls.expiry()),
        resident: resident.map(|kib| kib * 1024),
        // The one that looks does not count.
        descriptors: fs::read_dir("/proc/self/fd")
            .ok()
            .map(|all| all.count().saturating_sub(1) as u64),
        most_descriptors: limit.ok().map(|(soft, _)| soft),
    }
}

/// Connections at once.  When one more comes, the oldest is closed: a request is answered as soon as
/// it has arrived, so that the oldest is one that does not ask, or does not take its answer.
const AT_ONCE: usize = 32;

/// How long a connection may take, all in all.
const WITHIN: Duration = Duration::from_secs(10);

/// And how long it may take to say what it wants.
const ASKED_WITHIN: Duration = Duration::from_secs(2);

/// Answers requests for the metrics until it is dropped.  To be run on a local runtime.
pub async fn serve(listener: Listener, network: Arc<Network>, tls: SharedTls) {
    let mut acceptor = match Acceptor::new(listener) {
        Ok(acceptor) => acceptor,
        Err(why) => return tracing::error!(%why, "the figures cannot be served"),
    };
    let mut open: VecDeque<JoinHandle<()>> = VecDeque::new();
    loop {
        let stream = acceptor.next().await.boxed();
        let (network, tls) = (Arc::clone(&network), Arc::clone(&tls));
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
                let response = answer(&request, &network, &tls);
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

fn answer(
    request: &Request<Incoming>,
    network: &Network,
    tls: &SharedTls,
) -> Response<Full<Bytes>> {
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD\n");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    match request.uri().path() {
        "/metrics" => {
            let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
            let form = Form::accepted(accept.unwrap_or_default());
            let mut response = Response::new(page::page(network, machine(tls), form).into());
            let kind = HeaderValue::from_static(form.content_type());
            response.headers_mut().insert(CONTENT_TYPE, kind);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_the_one_that_is_asked_for() {
        for (accept, form) in [
            ("", Form::Prometheus),
            ("*/*", Form::Prometheus),
            ("text/html, */*;q=0.1", Form::Prometheus),
            ("application/openmetrics-text", Form::OpenMetrics),
            (
                "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                Form::OpenMetrics,
            ),
            (
                "text/plain;version=0.0.4;q=0.5, application/openmetrics-text; q=0.1",
                Form::Prometheus,
            ),
            ("application/openmetrics-text;q=0, text/plain", Form::Prometheus),
        ] {
            assert_eq!(Form::accepted(accept), form, "{accept}");
        }
    }
}
