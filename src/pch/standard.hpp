// Headers that take long to read, compiled once for each room that names this file as its `cpp_pch`
// and included first in all its files. Files include what they use all the same: a build with
// -Db_pch=false shows where one does not (tools/test-all.sh no-pch).
// (The compiler warns of "#pragma once" in a header that it compiles by itself.)
#ifndef XPPKG_PCH_STANDARD
#define XPPKG_PCH_STANDARD

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#endif
