"""A full disk, under the state folder and under the drop folder: said once, nothing lost, and it goes on by itself."""

from __future__ import annotations

import csv
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from integration.test_bad_files import Station, order_file, station, until
from support.small_disk import may_mount, run_where_mounting_is_allowed, small_disk
