//! Requests and answers over TCP, one JSON value a line, one request at a time on each connection.

use super::Types;
use openraft::error::{NetworkError, RPCError, RaftError, Unreachable};
use openraft::network::{Backoff, RPCOption};
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, InstallSnapshotRequest, InstallSnapshotResponse, VoteRequest,
    VoteResponse,
};
use openraft::{error::InstallSnapshotError, EmptyNode, Raft, RaftNetwork, RaftNetworkFactory};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

type Failed<E = RaftError<u64>> = RPCError<u64, EmptyNode, E>;

#[derive(Serialize, Deserialize)]
enum Request {
    Append(AppendEntriesRequest<Types>),
    Vote(VoteRequest<u64>),
    Snapshot(InstallSnapshotRequest<Types>),
}

#[derive(Serialize, Deserialize)]
enum Answer {
    Append(AppendEntriesResponse<u64>),
    Vote(VoteResponse<u64>),
    Snapshot(InstallSnapshotResponse<u64>),
}

/// Where each peer is dialled.
pub struct Peers(pub Arc<HashMap<u64, String>>);

pub struct Peer {
    address: String,
    line: Option<BufReader<TcpStream>>,
}

impl RaftNetworkFactory<Types> for Peers {
    type Network = Peer;

    async fn new_client(&mut self, target: u64, _: &EmptyNode) -> Peer {
        Peer { address: self.0[&target].clone(), line: None }
    }
}

impl Peer {
    /// openraft drops a call that takes too long. Its connection is dropped with it, so that no answer is taken for another's.
    async fn call(&mut self, request: &Request) -> Result<Answer, io::Error> {
        let mut line = match self.line.take() {
            Some(line) => line,
            None => {
                let stream = TcpStream::connect(&self.address).await?;
                stream.set_nodelay(true)?;
                BufReader::new(stream)
            }
        };
        let answer = exchange(&mut line, request).await?;
        self.line = Some(line);
        Ok(answer)
    }
}

async fn exchange(line: &mut BufReader<TcpStream>, request: &Request) -> io::Result<Answer> {
    let mut text = serde_json::to_vec(request)?;
    text.push(b'\n');
    line.get_mut().write_all(&text).await?;
    text.clear();
    if line.read_until(b'\n', &mut text).await? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(serde_json::from_slice(&text)?)
}

fn failed<E: std::error::Error>(error: &io::Error) -> Failed<E> {
    if error.kind() == ErrorKind::ConnectionRefused {
        Unreachable::new(error).into()
    } else {
        NetworkError::new(error).into()
    }
}

fn strange<E: std::error::Error>() -> Failed<E> {
    failed(&io::Error::new(ErrorKind::InvalidData, "an answer to another question"))
}

impl RaftNetwork<Types> for Peer {
    async fn append_entries(
        &mut self,
        rpc: AppendEntriesRequest<Types>,
        _: RPCOption,
    ) -> Result<AppendEntriesResponse<u64>, Failed> {
        match self.call(&Request::Append(rpc)).await {
            Ok(Answer::Append(answer)) => Ok(answer),
            Ok(_) => Err(strange()),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn install_snapshot(
        &mut self,
        rpc: InstallSnapshotRequest<Types>,
        _: RPCOption,
    ) -> Result<InstallSnapshotResponse<u64>, Failed<RaftError<u64, InstallSnapshotError>>> {
        match self.call(&Request::Snapshot(rpc)).await {
            Ok(Answer::Snapshot(answer)) => Ok(answer),
            Ok(_) => Err(strange()),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn vote(&mut self, rpc: VoteRequest<u64>, _: RPCOption) -> Result<VoteResponse<u64>, Failed> {
        match self.call(&Request::Vote(rpc)).await {
            Ok(Answer::Vote(answer)) => Ok(answer),
            Ok(_) => Err(strange()),
            Err(error) => Err(failed(&error)),
        }
    }

    /// A node that is down is soon asked again: it may have been started.
    fn backoff(&self) -> Backoff {
        Backoff::new(std::iter::repeat(Duration::from_millis(50)))
    }
}

/// Answers what peers ask.
pub async fn serve(listen: String, raft: Raft<Types>) {
    let listener = TcpListener::bind(&listen).await.expect("the address is free");
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            let raft = raft.clone();
            // A peer that goes away ends its own connection only.
            tokio::spawn(async move { answer(stream, raft).await });
        }
    }
}

async fn answer(stream: TcpStream, raft: Raft<Types>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut line = BufReader::new(stream);
    let mut text = Vec::new();
    while line.read_until(b'\n', &mut text).await? > 0 {
        let answer = match serde_json::from_slice(&text)? {
            Request::Append(rpc) => Answer::Append(raft.append_entries(rpc).await.map_err(io::Error::other)?),
            Request::Vote(rpc) => Answer::Vote(raft.vote(rpc).await.map_err(io::Error::other)?),
            Request::Snapshot(rpc) => Answer::Snapshot(raft.install_snapshot(rpc).await.map_err(io::Error::other)?),
        };
        text = serde_json::to_vec(&answer)?;
        text.push(b'\n');
        line.get_mut().write_all(&text).await?;
        text.clear();
    }
    Ok(())
}
