//go:build !slim

package engine

import (
	"time"

	dc "go.temporal.io/server/common/dynamicconfig"
)

// checkpointEvery costs one deletion for each queue that has moved on.
const checkpointEvery = 5 * time.Second

// settings are the server's dynamic configuration, where its defaults are made
// for clusters of many machines.
func settings(o Options) dc.StaticClient {
	return dc.StaticClient{
		// By default a shard looks for work 20 times a second. There is only one
		// here, so each hop of each run would wait 50 ms for its turn; like this
		// a step takes 7 ms.
		dc.TransferProcessorMaxPollRPS.Key(): 1000,
		dc.TimerProcessorMaxPollRPS.Key():    1000,

		// One process polls, so that one partition finds every task at once.
		dc.MatchingNumTaskqueueReadPartitions.Key():  1,
		dc.MatchingNumTaskqueueWritePartitions.Key(): 1,

		// The server pushes a cancel to the worker instead of waiting for the
		// activity's next heartbeat: 0.1 s instead of up to 0.8 of the timeout.
		dc.WorkerCommandsEnabled.Key():             true,
		dc.EnableCancelActivityWorkerCommand.Key(): true,
		// A worker that stops gives its open polls back, so that no task is
		// handed to it any more.
		dc.EnableCancelWorkerPollsOnShutdown.Key(): true,

		// With one writer a burst queues up before the disk; 5 s is too short
		// for a thousand runs at once
		// (https://github.com/temporalio/temporal/issues/9686).
		dc.ShardIOTimeout.Key(): 30 * time.Second,
		// A mended program takes stuck runs up within this time.
		dc.WorkflowTaskRetryMaxInterval.Key(): o.TaskRetryMax,

		// What was done since the last checkpoint is looked at once more after
		// every start, next to the runs that want to go on. By default that is
		// up to 30 s of work.
		dc.TransferProcessorUpdateAckInterval.Key():   checkpointEvery,
		dc.TimerProcessorUpdateAckInterval.Key():      checkpointEvery,
		dc.VisibilityProcessorUpdateAckInterval.Key(): checkpointEvery,
		dc.OutboundProcessorUpdateAckInterval.Key():   checkpointEvery,

		// Memory: 128,000 runs and 256 MiB of events would be kept.
		dc.HistoryCacheHostLevelMaxSize.Key():     4096,
		dc.EventsHostLevelCacheMaxSizeBytes.Key(): 32 << 20,

		// The list of runs, the sweeper and the web page share this: 10 a second
		// is too few.
		dc.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(): 100,
		// The columns of SQLite's tables end at 255, the default limit at 1000.
		dc.MaxIDLengthLimit.Key(): 255,
	}
}
