// As standard.hpp, for rooms many of whose files look into JSON or make it.
#ifndef XPPKG_PCH_JSON
#define XPPKG_PCH_JSON

#include "standard.hpp"

#include <nlohmann/json.hpp>

#endif
