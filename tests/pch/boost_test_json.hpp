// As boost_test.hpp, for programs most of whose files make JSON.
#ifndef XPPKG_PCH_BOOST_TEST_JSON
#define XPPKG_PCH_BOOST_TEST_JSON

#include <nlohmann/json.hpp>

#include "boost_test.hpp"

#endif
