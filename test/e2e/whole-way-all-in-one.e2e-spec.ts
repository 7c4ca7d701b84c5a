import { describeWholeWay } from './whole-way.suite';

describeWholeWay('all-in-one');
