#pragma once

namespace xppkg::cli {

/// Settles the inherited state of the process, before anything else: standard streams that were
/// closed lead nowhere, so that no file of ours gets their numbers; signals act as usual; a limit
/// on the size of files is an error of writing, not our end. For whole programs: a library leaves
/// its application's process as it is.
void settle_process();

/// True if our caller has had this signal ignored, as nohup does: he has decided, for us and for
/// the programs that we start.
bool was_ignored(int signal);

}  // namespace xppkg::cli
