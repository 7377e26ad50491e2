#!/bin/sh
exec systemctl restart shop
